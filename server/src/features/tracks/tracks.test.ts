import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PublishParams, TrackSource } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Deliveries } from './deliveries.ts';
import { Tracks } from './tracks.ts';

let scene: Scene;
let tracks: Tracks;

beforeEach(() => {
  scene = new Scene();
  tracks = new Tracks(scene.media, scene.sessions, scene.logger);
  new Deliveries(scene.media, scene.sessions, scene.logger);
});

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

function params(source: TrackSource, clientTrackId: string = source): PublishParams {
  return {
    clientTrackId,
    source,
    name: `My ${source}`,
    isMuted: false,
    width: 640,
    height: 360,
    rtpParameters: FAKE_RTP_PARAMETERS,
  };
}

function subscribedTracks({ client }: Actor): string[] {
  return client
    .all('subscribed')
    .flatMap(({ subscriptions }) => subscriptions.map(({ trackId }) => trackId));
}

describe('publishing', () => {
  test('tells the others, then delivers the track to them (SPEC 3.3)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const trackId = await tracks.publish(ann.stay, params('camera'));
    await ben.client.until((client) => client.all('subscribed').length > 0);
    const events = ben.client.received.map(({ event }) => event);
    expect(events).toEqual(['joined', 'changed', 'subscribed']);
    expect(ben.client.changes()).toEqual([
      {
        type: 'trackPublished',
        track: {
          trackId,
          participantId: ann.stay.participantId,
          kind: 'video',
          source: 'camera',
          name: 'My camera',
          isMuted: false,
          mimeType: 'video/VP8',
          width: 640,
          height: 360,
        },
      },
    ]);
    expect(ben.client.all('subscribed')[0]?.subscriptions).toMatchObject([
      { trackId, participantId: ann.stay.participantId, kind: 'video' },
    ]);
    expect(subscribedTracks(ann)).toEqual([]);
  });

  test('reaches who joins later in joined, ready to flow (SPEC 3.2)', async () => {
    const ann = await scene.join('ann');
    const trackId = await tracks.publish(ann.stay, params('camera'));
    const ben = await scene.join('ben');
    expect(ben.joined.participants[0]?.tracks).toMatchObject([{ trackId, source: 'camera' }]);
    expect(ben.joined.subscriptions).toMatchObject([{ trackId }]);
  });

  test('while somebody joins reaches them exactly once', async () => {
    const ann = await scene.join('ann');
    const early = await tracks.publish(ann.stay, params('camera'));
    const proceed = scene.media.hold('join');
    const joining = scene.join('ben');
    await nextTurn();
    const late = await tracks.publish(ann.stay, params('microphone'));
    proceed();
    const ben = await joining;
    await ben.client.until((client) => client.all('subscribed').length > 0);
    // A change that joined contains would come with the batch of this one.
    const third = await tracks.publish(ann.stay, params('screen_share'));
    await ben.client.until(() => subscribedTracks(ben).includes(third));
    expect(ben.joined.participants[0]?.tracks.map(({ trackId }) => trackId)).toEqual([early, late]);
    expect(ben.joined.subscriptions.map(({ trackId }) => trackId)).toEqual([early]);
    expect(subscribedTracks(ben)).toEqual([late, third]);
    expect(ben.client.changes()).toMatchObject([
      { type: 'trackPublished', track: { trackId: third } },
    ]);
  });

  test('that ends while somebody joins does not reach them', async () => {
    const ann = await scene.join('ann');
    const trackId = await tracks.publish(ann.stay, params('camera'));
    const proceed = scene.media.hold('join');
    const joining = scene.join('ben');
    await nextTurn();
    await tracks.unpublish(ann.stay, trackId);
    proceed();
    const { joined } = await joining;
    expect(joined.participants[0]?.tracks).toEqual([]);
    expect(joined.subscriptions).toEqual([]);
  });

  test('that ends while it is delivered is delivered to nobody', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const proceed = scene.media.hold('subscribe');
    const trackId = await tracks.publish(ann.stay, params('camera'));
    await ben.client.until((client) => client.changes().length > 0);
    await tracks.unpublish(ann.stay, trackId);
    proceed();
    await ben.client.until((client) => client.changes().length > 1);
    await ben.stay.run(async () => undefined);
    expect(subscribedTracks(ben)).toEqual([]);
  });

  test('many tracks at once makes one delivery for each receiver', async () => {
    scene.facts.maxUsers = 20;
    const audience = await scene.join('audience');
    const proceed = scene.media.hold('subscribe');
    const actors = await Promise.all(
      Array.from({ length: 8 }, (_, index) => scene.join(`person-${index}`)),
    );
    for (const { stay } of actors) {
      await tracks.publish(stay, params('camera'));
    }
    await audience.client.until((client) => client.changes().length === 16);
    proceed();
    await audience.client.until(() => subscribedTracks(audience).length === 8);
    expect(audience.client.all('subscribed').length).toBeLessThanOrEqual(2);
  });

  test('goes to nobody without the subscribe grant', async () => {
    const ann = await scene.join('ann');
    const deaf = await scene.join(
      'ben',
      scene.ticket('ben', 'hall', { ...ALL_GRANTS, subscribe: false }),
    );
    await tracks.publish(ann.stay, params('camera'));
    await deaf.client.until((client) => client.changes().length > 0);
    expect(scene.media.commands.map(({ command }) => command)).not.toContain('subscribe');
  });

  test('needs the grant of the source (SPEC 2.6)', async () => {
    const grants = {
      ...ALL_GRANTS,
      publish: { camera: false, microphone: true, screen_share: false, screen_share_audio: false },
    };
    const { stay } = await scene.join('ann', scene.ticket('ann', 'hall', grants));
    for (const source of ['camera', 'screen_share', 'screen_share_audio'] as const) {
      await expect(tracks.publish(stay, params(source))).rejects.toEqual(code('forbidden'));
    }
    await tracks.publish(stay, params('microphone'));
  });

  test('in the place of a track is for who moves, once, and of the same source (SPEC 3.5, 19.3)', async () => {
    const { stay } = await scene.join('ann');
    const camera = await tracks.publish(stay, params('camera'));
    const successor = (clientTrackId: string, replaces = camera, source: TrackSource = 'camera') =>
      tracks.publish(stay, { ...params(source, clientTrackId), replaces });
    await expect(successor('early')).rejects.toEqual(code('conflict'));
    tracks.beginMove(stay);
    await expect(successor('other', 'of nobody')).rejects.toEqual(code('track_not_found'));
    await expect(successor('microphone', camera, 'microphone')).rejects.toEqual(code('conflict'));
    const next = await successor('next');
    await expect(successor('twice')).rejects.toEqual(code('conflict'));
    await expect(successor('chained', next)).rejects.toEqual(code('conflict'));
    expect(tracks.hasReplaced(stay)).toBe(true);
  });

  test('in the place of a track is one with it to everybody, and alone when the move is over (SPEC 19.3, 19.4)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const camera = await tracks.publish(ann.stay, params('camera'));
    await tracks.setMuted(ann.stay, camera, true);
    tracks.beginMove(ann.stay);
    const next = await tracks.publish(ann.stay, { ...params('camera', 'next'), replaces: camera });
    const told = () => ben.client.changes().filter(({ type }) => type !== 'participantJoined');
    await expect
      .poll(() => told().at(-1))
      .toMatchObject({
        type: 'trackPublished',
        track: { trackId: next, replaces: camera, isMuted: true },
      });
    expect(scene.media.muted).toEqual(new Set([camera, next]));
    await tracks.setMuted(ann.stay, camera, false);
    expect(scene.media.muted).toEqual(new Set());
    await ann.stay.run(() => tracks.finishMove(ann.stay));
    await expect
      .poll(() => told().at(-1))
      .toMatchObject({ type: 'trackUnpublished', trackId: camera });
    expect(tracks.hasReplaced(ann.stay)).toBe(false);
    await tracks.unpublish(ann.stay, next);
    expect(tracks.isPublishing(ann.stay)).toBe(false);
  });

  test('again under the same clientTrackId returns the same track, also at once (SPEC 2.7)', async () => {
    const { stay } = await scene.join('ann');
    const trackIds = await Promise.all([
      tracks.publish(stay, params('camera')),
      tracks.publish(stay, params('camera')),
    ]);
    trackIds.push(await tracks.publish(stay, params('camera')));
    expect(new Set(trackIds).size).toBe(1);
    expect(scene.media.commands.filter(({ command }) => command === 'publish')).toHaveLength(1);
  });

  test('again after a failure tries again', async () => {
    const { stay } = await scene.join('ann');
    scene.media.failNext('publish', new AppError('unsupported_media'));
    await expect(tracks.publish(stay, params('camera'))).rejects.toEqual(code('unsupported_media'));
    await tracks.publish(stay, params('camera'));
  });

  test('a second track of a source is answered conflict until the first is gone (SPEC 3.5)', async () => {
    const { stay } = await scene.join('ann');
    const first = tracks.publish(stay, params('camera', 'one'));
    const second = tracks.publish(stay, params('camera', 'two'));
    await expect(second).rejects.toEqual(code('conflict'));
    const ended = tracks.unpublish(stay, await first);
    await tracks.publish(stay, params('camera', 'three'));
    await ended;
  });
});

describe('a published track', () => {
  test('that is muted is held back at the publisher and shown as muted (SPEC 3.6)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const trackId = await tracks.publish(ann.stay, params('microphone'));
    await tracks.setMuted(ann.stay, trackId, true);
    await tracks.setMuted(ann.stay, trackId, true);
    expect(scene.media.muted).toEqual(new Set([trackId]));
    await tracks.setMuted(ann.stay, trackId, false);
    expect(scene.media.muted).toEqual(new Set());
    const { participantId } = ann.stay;
    await ben.client.until((client) => client.changes().length >= 3);
    expect(ben.client.changes().slice(1)).toEqual([
      { type: 'trackMuted', participantId, trackId, isMuted: true },
      { type: 'trackMuted', participantId, trackId, isMuted: false },
    ]);
  });

  test('may be ended twice (SPEC 2.7)', async () => {
    const { stay } = await scene.join('ann');
    const trackId = await tracks.publish(stay, params('camera'));
    await tracks.unpublish(stay, trackId);
    await tracks.unpublish(stay, trackId);
  });

  test('belongs to its publisher only (SPEC 2.5)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const trackId = await tracks.publish(ann.stay, params('camera'));
    for (const id of [trackId, 'no such track']) {
      await expect(tracks.unpublish(ben.stay, id)).rejects.toEqual(code('track_not_found'));
      await expect(tracks.setMuted(ben.stay, id, true)).rejects.toEqual(code('track_not_found'));
    }
    expect(scene.media.commands.map(({ command }) => command)).not.toContain('unpublish');
    expect(scene.media.commands.map(({ command }) => command)).not.toContain('setMuted');
  });
});
