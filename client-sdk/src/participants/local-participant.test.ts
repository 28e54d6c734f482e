import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../test/fakes/fake-capture.ts';
import type { FakePublisher } from '../../test/fakes/fake-publisher.ts';
import { setUpLocalParticipant } from '../../test/local-participant-bench.ts';
import { turnsUntil } from '../../test/turns-until.ts';
import { openTracks } from '../capture/create-local-tracks.ts';
import { ConnectionError, MediaDeviceError, ServerError } from '../errors.ts';

const setUp = setUpLocalParticipant;

describe('the camera', () => {
  test('is opened and published with what the server has to know', async () => {
    const { participant, server, capture, events } = setUp();
    const publication = await participant.setCameraEnabled(true, undefined, { name: 'my face' });
    expect(publication?.trackSid).toBe('track-1');
    expect(publication?.trackName).toBe('my face');
    expect(publication?.dimensions).toEqual({ width: 1280, height: 720 });
    expect(participant.isCameraEnabled).toBe(true);
    expect(server.offers[0]).toMatchObject({
      source: 'camera',
      name: 'my face',
      isMuted: false,
      width: 1280,
      height: 720,
    });
    expect(capture.live).toHaveLength(1);
    expect(events).toEqual(['localTrackPublished camera']);
  });

  test('turned off is muted, and its light goes out; turned on it opens again', async () => {
    const { participant, server, capture, events } = setUp();
    await participant.setCameraEnabled(true);
    await participant.setCameraEnabled(false);
    expect(participant.isCameraEnabled).toBe(false);
    expect(capture.live).toEqual([]);
    expect(server.bySource('camera')?.isMuted).toBe(true);

    await participant.setCameraEnabled(true);
    expect(participant.isCameraEnabled).toBe(true);
    expect(capture.live).toHaveLength(1);
    expect(server.bySource('camera')).toEqual({
      source: 'camera',
      isMuted: false,
      mediaStreamTrack: capture.live[0],
    });
    expect(events).toEqual([
      'localTrackPublished camera',
      'trackMuted camera',
      'trackUnmuted camera',
    ]);
  });

  test('that cannot be opened again stays muted, and says why', async () => {
    const { participant, server, capture, events } = setUp();
    await participant.setCameraEnabled(true);
    await participant.setCameraEnabled(false);
    capture.failures.set('video', new MediaDeviceError('device_in_use', 'videoinput'));
    await expect(participant.setCameraEnabled(true)).rejects.toMatchObject({
      code: 'device_in_use',
    });
    expect(participant.isCameraEnabled).toBe(false);
    expect(participant.lastCameraError).toMatchObject({ code: 'device_in_use' });
    expect(server.bySource('camera')?.isMuted).toBe(true);
    expect(events.at(-1)).toBe('mediaDevicesError device_in_use videoinput');

    capture.failures.clear();
    await participant.setCameraEnabled(true);
    expect(participant.lastCameraError).toBeUndefined();
  });

  test('that the server refuses is closed', async () => {
    const { participant, server, capture } = setUp();
    server.nextFailure = new ServerError({ code: 'forbidden', message: 'no', retryable: false });
    await expect(participant.setCameraEnabled(true)).rejects.toMatchObject({ code: 'forbidden' });
    expect(capture.live).toEqual([]);
    expect(participant.trackPublications.size).toBe(0);
  });

  test('is not opened when there is no room to publish to', async () => {
    const { participant, capture, door } = setUp();
    door.isOpen = false;
    await expect(participant.setCameraEnabled(true)).rejects.toMatchObject({
      code: 'not_connected',
    });
    expect(capture.openings).toEqual([]);
  });

  test('opens while the room is being joined, and is published then', async () => {
    const { participant, capture, server, door } = setUp();
    const joining = Promise.withResolvers<FakePublisher>();
    door.publisher = joining.promise;
    const enabled = participant.setCameraEnabled(true);
    await turnsUntil(() => capture.live.length === 1);
    expect(server.offers).toEqual([]);
    joining.resolve(server);
    await enabled;
    expect(server.bySource('camera')).toBeDefined();
  });

  test('is closed again when joining fails', async () => {
    const { participant, capture, door } = setUp();
    const joining = Promise.withResolvers<FakePublisher>();
    door.publisher = joining.promise;
    const enabled = participant.setCameraEnabled(true);
    await turnsUntil(() => capture.live.length === 1);
    joining.reject(new ConnectionError('cancelled'));
    await expect(enabled).rejects.toMatchObject({ code: 'cancelled' });
    expect(capture.live).toEqual([]);
  });
});

describe('the microphone', () => {
  test('turned off stays open, but silent', async () => {
    const { participant, server, capture } = setUp();
    await participant.setMicrophoneEnabled(true);
    await participant.setMicrophoneEnabled(false);
    expect(capture.live).toHaveLength(1);
    expect(capture.live[0]?.enabled).toBe(false);
    expect(server.bySource('microphone')?.isMuted).toBe(true);
    await participant.setMicrophoneEnabled(true);
    expect(capture.live[0]?.enabled).toBe(true);
    expect(capture.opened).toHaveLength(1);
  });

  test('is silent even if the server cannot be told, and loud only if it was', async () => {
    const { participant, server, capture } = setUp();
    await participant.setMicrophoneEnabled(true);
    server.nextFailure = new ConnectionError('request_timeout');
    await expect(participant.setMicrophoneEnabled(false)).rejects.toMatchObject({
      code: 'request_timeout',
    });
    expect(participant.isMicrophoneEnabled).toBe(false);
    expect(capture.live[0]?.enabled).toBe(false);

    server.nextFailure = new ConnectionError('request_timeout');
    await expect(participant.setMicrophoneEnabled(true)).rejects.toMatchObject({
      code: 'request_timeout',
    });
    expect(participant.isMicrophoneEnabled).toBe(false);
    expect(capture.live[0]?.enabled).toBe(false);
  });

  test('changes to another device without a break in the publication', async () => {
    const { participant, server, capture } = setUp();
    await participant.setMicrophoneEnabled(true);
    await participant.switchDevice('audioinput', 'headset');
    expect(capture.live).toHaveLength(1);
    expect(server.bySource('microphone')?.mediaStreamTrack).toBe(capture.live[0]);
    expect(participant.getTrackPublication('microphone')?.track.deviceId).toBe('headset');
    expect(server.log).toEqual(['publish microphone']);
  });

  test('goes on with any other device when its own is unplugged', async () => {
    const { participant, server, capture, events } = setUp();
    await participant.setMicrophoneEnabled(true, { deviceId: 'headset' });
    capture.opened[0]?.remoteStop();
    await turnsUntil(() => server.bySource('microphone')?.mediaStreamTrack === capture.opened[1]);
    expect(participant.getTrackPublication('microphone')?.track.deviceId).toBe('default');
    expect(capture.live).toHaveLength(1);
    expect(events).toEqual(['localTrackPublished microphone']);
  });

  test('is unpublished when its device is unplugged and there is no other', async () => {
    const { participant, server, capture, events } = setUp();
    await participant.setMicrophoneEnabled(true);
    capture.failures.set('audio', new MediaDeviceError('device_not_found', 'audioinput'));
    capture.opened[0]?.remoteStop();
    await turnsUntil(() => server.tracks.size === 0);
    expect(participant.trackPublications.size).toBe(0);
    expect(events.at(-1)).toBe('localTrackUnpublished microphone');
  });

  test('goes back to the former device if the other one cannot be opened', async () => {
    const { participant, server, capture } = setUp();
    await participant.setMicrophoneEnabled(true);
    const failure = new MediaDeviceError('device_not_found', 'audioinput');
    capture.failures.set('audio', failure);
    const switching = participant.switchDevice('audioinput', 'unplugged');
    await turnsUntil(() => capture.openings.length === 2);
    await new Promise(setImmediate);
    capture.failures.clear();
    await expect(switching).rejects.toBe(failure);
    expect(capture.live).toHaveLength(1);
    expect(server.bySource('microphone')?.mediaStreamTrack).toBe(capture.live[0]);
  });
});

describe('a screen', () => {
  test('is published with its sound, at the size it has', async () => {
    const { participant, server } = setUp();
    const publication = await participant.setScreenShareEnabled(true);
    expect(publication?.source).toBe('screen_share');
    expect(server.bySource('screen_share_audio')).toBeDefined();
    expect(server.offers[0]).toMatchObject({ source: 'screen_share', width: 2560, height: 1440 });
    expect(server.offers[0]?.mediaStreamTrack.contentHint).toBe('detail');
    expect(server.offers[0]?.plans[0]?.encodings).toHaveLength(1);
  });

  test('ends with its sound when it is turned off, and is published anew when turned on', async () => {
    const { participant, server, capture, events } = setUp();
    const first = await participant.setScreenShareEnabled(true);
    await participant.setScreenShareEnabled(false);
    expect(server.tracks.size).toBe(0);
    expect(capture.live).toEqual([]);
    expect(participant.isScreenShareEnabled).toBe(false);
    const second = await participant.setScreenShareEnabled(true);
    expect(second?.trackSid).not.toBe(first?.trackSid);
    expect(events.filter((event) => event.startsWith('localTrackUnpublished'))).toEqual([
      'localTrackUnpublished screen_share',
      'localTrackUnpublished screen_share_audio',
    ]);
  });

  test("ended in the browser's own bar is unpublished, sound included", async () => {
    const { participant, server, capture } = setUp();
    await participant.setScreenShareEnabled(true);
    capture.opened.find((track) => track.kind === 'video')?.remoteStop();
    await turnsUntil(() => server.tracks.size === 0);
    expect(capture.live).toEqual([]);
    expect(participant.trackPublications.size).toBe(0);
  });

  test('whose dialog is closed publishes nothing', async () => {
    const { participant, server, capture, events } = setUp();
    capture.failures.set('screen', refusal(undefined));
    await expect(participant.setScreenShareEnabled(true)).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(server.log).toEqual([]);
    expect(events).toEqual(['mediaDevicesError permission_denied undefined']);
  });
});

describe('camera and microphone together', () => {
  test('are asked for in one question', async () => {
    const { participant, server, capture } = setUp();
    await participant.enableCameraAndMicrophone();
    expect(capture.openings).toHaveLength(1);
    expect(server.bySource('camera')).toBeDefined();
    expect(server.bySource('microphone')).toBeDefined();
  });

  test('without a camera give the microphone, and say what is missing', async () => {
    const { participant, server, capture, events } = setUp();
    capture.failures.set('video', new MediaDeviceError('device_not_found', 'videoinput'));
    await participant.enableCameraAndMicrophone();
    expect(server.bySource('microphone')).toBeDefined();
    expect(server.bySource('camera')).toBeUndefined();
    expect(participant.lastCameraError).toMatchObject({ code: 'device_not_found' });
    expect(events).toContain('mediaDevicesError device_not_found videoinput');
    expect(capture.live).toHaveLength(1);
  });

  test('fail if neither can be had', async () => {
    const { participant, capture } = setUp();
    capture.failures.set('video', refusal('videoinput')).set('audio', refusal('audioinput'));
    await expect(participant.enableCameraAndMicrophone()).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });

  test('overtaken by "camera off" leave no light on', async () => {
    const { participant, server, capture } = setUp();
    await Promise.all([
      participant.enableCameraAndMicrophone(),
      participant.setCameraEnabled(false),
    ]);
    expect(server.bySource('camera')).toBeUndefined();
    expect(capture.live.map((track) => track.kind)).toEqual(['audio']);
  });
});

describe('pressed fast', () => {
  const presses = Array.from({ length: 20 }, (_, index) => index % 2 === 0);

  test.each([
    ['setCameraEnabled', 'camera'],
    ['setMicrophoneEnabled', 'microphone'],
    ['setScreenShareEnabled', 'screen_share'],
  ] as const)(
    '%s ends as the last press says, with pauses of any length',
    async (method, source) => {
      for (const pause of [0, 1, 2, 3, 5]) {
        for (const last of [false, true]) {
          const { participant, server, capture } = setUp();
          const outcomes: Promise<unknown>[] = [];
          for (const press of [...presses, last]) {
            outcomes.push(participant[method](press));
            for (let turn = 0; turn < pause; turn += 1) await new Promise(setImmediate);
          }
          await Promise.all(outcomes);
          const isHeard = server.bySource(source)?.isMuted === false;
          expect({ pause, last, isHeard }).toEqual({ pause, last, isHeard: last });
          expect(participant.getTrackPublication(source)?.isMuted === false).toBe(last);
          if (source !== 'microphone') expect(capture.live.length > 0).toBe(last);
          expect(capture.live.filter((track) => track.kind === 'video').length).toBeLessThan(2);
        }
      }
    },
  );

  test('without pause costs two requests and not twenty', async () => {
    const { participant, server } = setUp();
    await participant.setCameraEnabled(true);
    await Promise.all([...presses, false].map((press) => participant.setCameraEnabled(press)));
    expect(server.log).toEqual(['publish camera', 'mute camera']);
  });

  test('publishing, unpublishing and muting one source keep their order', async () => {
    const { participant, server } = setUp();
    const mine = new FakeMediaStreamTrack({ kind: 'video' });
    await Promise.all([
      participant.setCameraEnabled(true),
      participant.setCameraEnabled(false),
      participant.publishTrack(mine, { source: 'screen_share' }),
      participant.unpublishTrack(mine),
      participant.setScreenShareEnabled(true),
    ]);
    expect(server.log).toEqual([
      'publish screen_share',
      'unpublish screen_share',
      'publish screen_share',
      'publish screen_share_audio',
    ]);
  });
});

describe("the application's own tracks", () => {
  test('of a preview are published as they are', async () => {
    const { participant, server, capture } = setUp();
    const tracks = await openTracks(capture, {});
    await Promise.all(tracks.map((track) => participant.publishTrack(track)));
    expect(capture.opened).toHaveLength(2);
    expect(participant.getTrackPublication('camera')?.track).toBe(
      tracks.find((track) => track.kind === 'video'),
    );
    expect(server.bySource('microphone')?.mediaStreamTrack).toBe(
      tracks.find((track) => track.kind === 'audio')?.mediaStreamTrack,
    );
  });

  test('that are muted are published muted', async () => {
    const { participant, server, capture } = setUp();
    const [microphone] = await openTracks(capture, { video: false });
    await microphone?.mute();
    if (microphone) await participant.publishTrack(microphone);
    expect(server.bySource('microphone')?.isMuted).toBe(true);
    expect(participant.isMicrophoneEnabled).toBe(false);
  });

  test('of the same source twice are a conflict (SPEC 3.5), and the first one stays', async () => {
    const { participant, server } = setUp();
    const [first, second] = [1, 2].map(() => new FakeMediaStreamTrack({ kind: 'video' }));
    if (!first || !second) throw new Error('two tracks are needed');
    await participant.publishTrack(first);
    await expect(participant.publishTrack(second)).rejects.toMatchObject({ code: 'conflict' });
    expect(server.bySource('camera')?.mediaStreamTrack).toBe(first);
    expect(second.readyState).toBe('live');
  });

  test('are stopped when unpublished, unless told otherwise', async () => {
    const { participant } = setUp();
    const kept = new FakeMediaStreamTrack({ kind: 'video' });
    await participant.publishTrack(kept);
    expect((await participant.unpublishTrack(kept, false))?.source).toBe('camera');
    expect(kept.readyState).toBe('live');
    await participant.publishTrack(kept);
    await participant.unpublishTrack(kept);
    expect(kept.readyState).toBe('ended');
    expect(await participant.unpublishTrack(kept)).toBeUndefined();
  });
});

test('leaving takes everything back, without a word to the server', async () => {
  const { participant, server, capture, events } = setUp();
  await participant.enableCameraAndMicrophone();
  const { log } = server;
  const before = log.length;
  participant.leave(true);
  expect(participant.trackPublications.size).toBe(0);
  expect(capture.live).toEqual([]);
  expect(log).toHaveLength(before);
  expect(events.slice(-2).toSorted()).toEqual([
    'localTrackUnpublished camera',
    'localTrackUnpublished microphone',
  ]);
});

test('a publication that the end of the stay overtakes is none', async () => {
  const { participant, server, capture, door } = setUp();
  const enabling = participant.setCameraEnabled(true);
  await turnsUntil(() => server.log.length === 1);
  server.isClosed = true;
  door.isOpen = false;
  participant.leave(true);
  await expect(enabling).rejects.toMatchObject({ code: 'cancelled' });
  expect(participant.trackPublications.size).toBe(0);
  expect(capture.live).toEqual([]);
});

describe('a camera that somebody cannot receive', () => {
  test('is published anew in a codec for everybody, as the same publication (SPEC 9.6)', async () => {
    const { participant, server, events, capture } = setUp();
    const camera = await participant.setCameraEnabled(true, undefined, { videoCodec: 'av1' });
    const before = events.length;
    await participant.changeCodec('track-1', ['h264', 'vp8']);
    expect(server.log).toEqual(['publish camera', 'unpublish camera', 'publish camera']);
    const codecs = server.offers.map(({ plans }) => plans.map(({ videoCodec }) => videoCodec));
    expect(codecs).toEqual([
      ['av1', 'vp8'],
      ['h264', 'vp8'],
    ]);
    expect(participant.trackPublications.get('track-2')).toBe(camera);
    expect(camera?.trackSid).toBe('track-2');
    expect([events.length, capture.live.length]).toEqual([before, 1]);
  });

  test('is left as it is when that was tried, or when there is no such codec', async () => {
    const { participant, server } = setUp();
    await participant.setCameraEnabled(true);
    await participant.changeCodec('track-1', []);
    await participant.changeCodec('unknown', ['h264']);
    await participant.changeCodec('track-1', ['h264']);
    await participant.changeCodec('track-2', ['vp9']);
    expect(server.offers).toHaveLength(2);
  });
});
