import { beforeEach, describe, expect, test } from 'vitest';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';
import { type Actor, Scene } from '../sessions/testing/scene.ts';
import { Layers } from './layers.ts';

let scene: Scene;
let layers: Layers;
let ann: Actor;
let trackId: string;

beforeEach(async () => {
  scene = new Scene();
  layers = new Layers(scene.media, scene.sessions);
  ann = await scene.join('ann');
  const { participantId } = ann.stay;
  const published = await scene.media.publish({
    participantId,
    kind: 'video',
    rtpParameters: FAKE_RTP_PARAMETERS,
    isMuted: false,
  });
  trackId = published.trackId;
});

describe('what a client wants', () => {
  test('reaches the media plane in the order of its requests (SPEC 2.2, 9.2)', async () => {
    const [subscription] = await scene.media.subscribe(ann.stay.participantId, [trackId]);
    const subscriptionId = subscription?.subscriptionId ?? '';
    const proceed = scene.media.hold('updateSubscriptions');
    const updates = [
      layers.update(ann.stay, [{ subscriptionId, width: 320, height: 180 }]),
      layers.update(ann.stay, [{ subscriptionId, isWanted: false }]),
    ];
    proceed();
    await Promise.all(updates);
    expect(scene.media.updates).toEqual([
      { subscriptionId, width: 320, height: 180 },
      { subscriptionId, isWanted: false },
    ]);
  });

  test('of a subscription of nobody is answered so (SPEC 2.5)', async () => {
    await expect(layers.update(ann.stay, [{ subscriptionId: 'x' }])).rejects.toMatchObject({
      code: 'subscription_not_found',
    });
  });
});

describe('what the media plane tells', () => {
  test('goes to whom it concerns, and to nobody else (SPEC 9.3, 9.4, 9.6)', async () => {
    const ben = await scene.join('ben');
    const { participantId } = ann.stay;
    const { events } = scene.media;
    events.emit('streamsChanged', {
      participantId,
      states: [{ subscriptionId: 's', state: 'paused' }],
    });
    events.emit('layersNeeded', { participantId, needed: { trackId, spatialLayer: null } });
    events.emit('codecNeeded', { participantId, trackId, videoCodecs: ['vp8'] });
    expect(ann.client.all('streamStates')).toEqual([
      { states: [{ subscriptionId: 's', state: 'paused' }] },
    ]);
    expect(ann.client.all('layersNeeded')).toEqual([{ layers: [{ trackId, spatialLayer: null }] }]);
    expect(ann.client.all('codecNeeded')).toEqual([{ trackId, videoCodecs: ['vp8'] }]);
    const heard = ben.client.received.map(({ event }) => event);
    expect(heard.filter((event) => event !== 'joined' && event !== 'changed')).toEqual([]);
  });

  test('about somebody who has left goes nowhere', () => {
    scene.sessions.end(ann.stay, 'client_initiated');
    const { participantId } = ann.stay;
    scene.media.events.emit('layersNeeded', {
      participantId,
      needed: { trackId, spatialLayer: 1 },
    });
    expect(ann.client.all('layersNeeded')).toEqual([]);
  });
});

test('which tracks a room lets through is told to the media plane by room and kind', async () => {
  await layers.allow('hall', 'audio', new Set([trackId]));
  await layers.allow('hall', 'video', 'all');
  expect([...scene.media.allowed]).toEqual([
    ['hall audio', [trackId]],
    ['hall video', 'all'],
  ]);
});
