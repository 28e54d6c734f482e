import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Grants, PublishParams, TrackSource } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Deliveries } from './deliveries.ts';
import { Tracks } from './tracks.ts';

const NOTHING: Grants = {
  ...ALL_GRANTS,
  publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
  subscribe: false,
  data: false,
};

let scene: Scene;
let tracks: Tracks;
let ann: Actor;
let ben: Actor;

beforeEach(async () => {
  scene = new Scene();
  tracks = new Tracks(scene.media, scene.sessions, scene.logger);
  new Deliveries(scene.media, scene.sessions, scene.logger);
  ann = await scene.join('ann');
  ben = await scene.join('ben');
});

function params(source: TrackSource): PublishParams {
  return {
    clientTrackId: source,
    source,
    name: '',
    isMuted: false,
    width: 640,
    height: 360,
    rtpParameters: FAKE_RTP_PARAMETERS,
  };
}

function publish({ stay }: Actor, source: TrackSource): Promise<string> {
  return tracks.publish(stay, params(source));
}

function only(source: TrackSource): Grants {
  return { ...ALL_GRANTS, publish: { ...NOTHING.publish, [source]: true } };
}

/** What a client was told of, in order. */
function eventsOf({ client }: Actor): string[] {
  return client.received.map(({ event }) => event);
}

describe('a source that may not be published any more (SPEC 16.2)', () => {
  test('ends for everybody at once, and the others go on', async () => {
    const [camera, microphone] = [await publish(ann, 'camera'), await publish(ann, 'microphone')];
    scene.sessions.setGrants(ann.stay, only('microphone'));
    await ben.client.until((client) =>
      client.changes().some(({ type }) => type === 'trackUnpublished'),
    );
    const { participantId } = ann.stay;
    expect(ben.client.changes().filter(({ type }) => type === 'trackUnpublished')).toEqual([
      { type: 'trackUnpublished', participantId, trackId: camera },
    ]);
    const { joined } = await scene.join('carl');
    expect(joined.participants[0]?.tracks).toMatchObject([{ trackId: microphone }]);
    expect(ann.client.all('roleChanged')).toEqual([
      { role: 'participant', grants: only('microphone') },
    ]);
    await expect(publish(ann, 'camera')).rejects.toMatchObject({ code: 'forbidden' });
    // The client takes it off too, and may be late.
    await tracks.unpublish(ann.stay, camera);
  });

  test('ends also where its publishing is under way', async () => {
    const release = scene.media.hold('publish');
    const publishing = publish(ann, 'camera');
    await nextTurn();
    scene.sessions.setGrants(ann.stay, only('microphone'));
    release();
    await publishing;
    await ben.client.until((client) =>
      client.changes().some(({ type }) => type === 'trackUnpublished'),
    );
  });

  test('is refused where its turn comes after the change', async () => {
    const release = scene.media.hold('publish');
    const first = publish(ann, 'microphone');
    const second = publish(ann, 'camera');
    scene.sessions.setGrants(ann.stay, only('microphone'));
    release();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('the grant to receive (SPEC 16.2)', () => {
  test('ends every subscription when it goes, and all begin again when it comes', async () => {
    const trackId = await publish(ann, 'camera');
    await ben.client.until((client) => client.all('subscribed').length === 1);
    scene.sessions.setGrants(ben.stay, { ...ALL_GRANTS, subscribe: false });
    await ben.client.until((client) => client.all('unsubscribed').length === 1);
    const subscriptions = ben.client.all('subscribed')[0]?.subscriptions;
    expect(ben.client.all('unsubscribed')).toEqual([
      { subscriptionIds: subscriptions?.map(({ subscriptionId }) => subscriptionId) },
    ]);
    const screen = await publish(ann, 'screen_share');
    await ben.client.until((client) => client.changes().length === 2);
    await nextTurn();
    expect(ben.client.all('subscribed')).toHaveLength(1);
    scene.sessions.setGrants(ben.stay, ALL_GRANTS);
    await ben.client.until((client) => client.all('subscribed').length === 2);
    const again = ben.client.all('subscribed')[1]?.subscriptions;
    expect(again?.map((one) => one.trackId)).toEqual([trackId, screen]);
  });

  test('brings nobody their own tracks', async () => {
    scene.sessions.setGrants(ann.stay, { ...ALL_GRANTS, subscribe: false });
    await publish(ann, 'camera');
    const theirs = await publish(ben, 'microphone');
    scene.sessions.setGrants(ann.stay, ALL_GRANTS);
    await ann.client.until((client) => client.all('subscribed').length === 1);
    const [{ subscriptions } = { subscriptions: [] }] = ann.client.all('subscribed');
    expect(subscriptions.map(({ trackId }) => trackId)).toEqual([theirs]);
  });

  test('that comes to who has no transport waits for one, and then brings everything', async () => {
    const trackId = await publish(ann, 'camera');
    const carl = await scene.join('carl', scene.ticket('carl', 'hall', NOTHING));
    expect(carl.joined).toMatchObject({ sendTransport: null, receiveTransport: null });
    await expect(tracks.openTransport(carl.stay, 'receive')).rejects.toMatchObject({
      code: 'forbidden',
    });
    scene.sessions.setGrants(carl.stay, { ...NOTHING, subscribe: true });
    await nextTurn();
    expect(carl.client.all('subscribed')).toEqual([]);
    const transport = await tracks.openTransport(carl.stay, 'receive');
    expect(await tracks.openTransport(carl.stay, 'receive')).toEqual(transport);
    // Who comes meanwhile is told of before their tracks are.
    await publish(ben, 'microphone');
    scene.sessions.announceTracks(carl.stay);
    await carl.client.until((client) => client.all('subscribed').length > 0);
    const delivered = carl.client.all('subscribed').flatMap(({ subscriptions }) => subscriptions);
    expect(delivered.map((one) => one.trackId)).toContain(trackId);
    expect(eventsOf(carl).indexOf('changed')).toBeLessThan(eventsOf(carl).indexOf('subscribed'));
  });
});

describe('a transport that is opened later (SPEC 16.4)', () => {
  test('is for who may use it', async () => {
    const carl = await scene.join('carl', scene.ticket('carl', 'hall', NOTHING));
    await expect(tracks.openTransport(carl.stay, 'send')).rejects.toMatchObject({
      code: 'forbidden',
    });
    scene.sessions.setGrants(carl.stay, { ...NOTHING, data: ['cursor'] });
    const transport = await tracks.openTransport(carl.stay, 'send');
    await tracks.connectTransport(carl.stay, transport.transportId, {
      role: 'client',
      fingerprints: [],
    });
    expect(scene.media.connected.has(transport.transportId)).toBe(true);
  });

  test('that could not be made is made when it is asked for again', async () => {
    const carl = await scene.join('carl', scene.ticket('carl', 'hall', NOTHING));
    scene.sessions.setGrants(carl.stay, ALL_GRANTS);
    scene.media.failNext('openTransport', new AppError('media_unavailable'));
    await expect(tracks.openTransport(carl.stay, 'send')).rejects.toMatchObject({
      code: 'media_unavailable',
    });
    expect((await tracks.openTransport(carl.stay, 'send')).transportId).toBeTypeOf('string');
  });
});
