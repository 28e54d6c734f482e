import type { PublishParams } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { Layers } from '../layers/layers.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Tracks } from '../tracks/tracks.ts';
import { type SpeakerSettings, Speakers } from './speakers.ts';

const SETTINGS: SpeakerSettings = { loudest_n: 6, last_n: 25 };

let scene: Scene;
let tracks: Tracks;
let speakers: Speakers;
let readSettings: () => Promise<SpeakerSettings>;

beforeEach(() => {
  scene = new Scene();
  tracks = new Tracks(scene.media, scene.sessions, scene.logger);
  readSettings = async () => SETTINGS;
  speakers = new Speakers({
    media: scene.media,
    sessions: scene.sessions,
    layers: new Layers(scene.media, scene.sessions),
    broadcast: scene.hub.broadcast,
    readSettings: () => readSettings(),
    defaults: SETTINGS,
    clock: systemClock,
    logger: scene.logger,
  });
});

afterEach(() => speakers.close());

function publish({ stay }: Actor, source: 'camera' | 'microphone' = 'microphone'): Promise<string> {
  const params: PublishParams = {
    clientTrackId: source,
    source,
    name: source,
    isMuted: false,
    width: 0,
    height: 0,
    rtpParameters: FAKE_RTP_PARAMETERS,
  };
  return tracks.publish(stay, params);
}

/** Somebody of another process comes, with their camera. */
function showCameraOf(identity: string): void {
  const participantId = `${identity} elsewhere`;
  scene.sessions.recordInRoom('hall', {
    type: 'participantJoined',
    participant: {
      participantId,
      identity,
      name: identity,
      role: 'participant',
      joinedAt: new Date().toISOString(),
      metadata: '',
      attributes: {},
      handRaisedAt: null,
      tracks: [],
    },
  });
  const track = {
    trackId: `camera of ${identity}`,
    participantId,
    kind: 'video',
    source: 'camera',
    name: '',
    mimeType: 'video/VP8',
    isMuted: false,
    width: 0,
    height: 0,
  } as const;
  scene.sessions.recordInRoom('hall', { type: 'trackPublished', track });
}

function measure(levels: Readonly<Record<string, number>>): void {
  scene.media.events.emit('audioLevels', {
    roomId: 'hall',
    levels: Object.entries(levels).map(([trackId, volumeDb]) => ({ trackId, volumeDb })),
  });
}

function allowed(kind: 'audio' | 'video'): readonly string[] | 'all' | undefined {
  const choice = scene.media.allowed.get(`hall ${kind}`);
  return choice === 'all' ? 'all' : choice?.toSorted();
}

describe('a room', () => {
  test('hears who speaks, and when that ends (SPEC 11.1)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const microphone = await publish(ann);
    measure({ [microphone]: -20 });
    for (const { client } of [ann, ben]) {
      await client.until(() => client.all('speakersChanged').length === 2);
      expect(client.all('speakersChanged')).toEqual([
        { speakers: [{ participantId: ann.stay.participantId, level: 0.089 }] },
        { speakers: [] },
      ]);
    }
  });

  test('hears of changes at most four times a second, and of nothing else', async () => {
    const ann = await scene.join('ann');
    const microphone = await publish(ann);
    for (const volumeDb of [-40, -30, -20, -10]) measure({ [microphone]: volumeDb });
    await ann.client.until((client) => client.all('speakersChanged').length === 2);
    expect(ann.client.all('speakersChanged').map(({ speakers: [one] }) => one?.level)).toEqual([
      0.35,
      undefined,
    ]);
  });

  test('tells newcomers who is speaking already', async () => {
    const ann = await scene.join('ann');
    const microphone = await publish(ann);
    measure({ [microphone]: -20 });
    await ann.client.until((client) => client.all('speakersChanged').length === 1);
    const ben = await scene.join('ben');
    await ben.client.until((client) => client.all('speakersChanged').length === 1);
    expect(ben.client.all('speakersChanged')[0]?.speakers).toHaveLength(1);
  });

  test('lets the media plane deliver the loudest only, as its settings say (SPEC 11.2, 11.5)', async () => {
    readSettings = async () => ({ ...SETTINGS, loudest_n: 1 });
    const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
    const first = await publish(ann);
    expect(allowed('audio')).toBeUndefined();
    const second = await publish(ben);
    measure({ [second]: -20 });
    expect(allowed('audio')).toEqual([second]);
    measure({ [first]: -10, [second]: -50 });
    expect(allowed('audio')).toEqual([first]);
    speakers.setSettings('hall', { ...SETTINGS, loudest_n: 2 });
    expect(allowed('audio')).toBe('all');
  });

  test('lets the media plane deliver only so many videos (SPEC 11.4, 11.5)', async () => {
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    const first = await publish(ann, 'camera');
    await publish(ben, 'camera');
    expect(allowed('video')).toBeUndefined();
    speakers.setSettings('hall', { ...SETTINGS, last_n: 1 });
    expect(allowed('video')).toEqual([first]);
    speakers.setSettings('elsewhere', { ...SETTINGS, last_n: 0 });
    expect(allowed('video')).toEqual([first]);
  });

  test('whose settings cannot be read has the default ones, until somebody else comes', async () => {
    readSettings = async () => {
      throw new Error('the database is away');
    };
    const ann = await scene.join('ann');
    const first = await publish(ann, 'camera');
    readSettings = async () => ({ ...SETTINGS, last_n: 0 });
    await scene.join('ben');
    await expect.poll(() => allowed('video')).toEqual([]);
    expect(first).toBeDefined();
  });

  test('has its settings for who is hidden, and for who goes on with another process, too', async () => {
    readSettings = async () => ({ ...SETTINGS, last_n: 0 });
    await scene.join('ann', scene.ticket('ann', 'hall', { ...ALL_GRANTS, hidden: true }));
    showCameraOf('ben');
    await expect.poll(() => allowed('video')).toEqual([]);
  });

  test('is chosen for by processes that have somebody in it', async () => {
    readSettings = async () => ({ ...SETTINGS, last_n: 0 });
    const { release } = scene.sessions.keepRoom('hall');
    showCameraOf('ben');
    speakers.setSettings('hall', { ...SETTINGS, last_n: 0 });
    expect(allowed('video')).toBeUndefined();
    for (const identity of ['ann', 'cyd']) {
      const { stay } = await scene.join(identity);
      await expect.poll(() => allowed('video')).toEqual([]);
      scene.sessions.end(stay, 'client_initiated');
      await expect.poll(() => scene.media.participantIds).toEqual([]);
      scene.media.allowed.clear();
    }
    showCameraOf('dan');
    expect(allowed('video')).toBeUndefined();
    release();
  });

  test('has the media plane told again what it did not take', async () => {
    readSettings = async () => ({ ...SETTINGS, loudest_n: 1 });
    const ann = await scene.join('ann');
    const ben = await scene.join('ben');
    await publish(ann);
    scene.media.failNext('allowTracks', new Error('too busy'));
    const heard = await publish(ben);
    measure({ [heard]: -20 });
    await expect.poll(() => allowed('audio')).toEqual([heard]);
  });

  test('that everybody has left begins anew', async () => {
    const ann = await scene.join('ann');
    const microphone = await publish(ann);
    speakers.setSettings('hall', { ...SETTINGS, loudest_n: 1 });
    scene.sessions.end(ann.stay, 'client_initiated');
    scene.media.allowed.clear();
    const ben = await scene.join('ben');
    const cyd = await scene.join('cyd');
    await publish(ben);
    await publish(cyd);
    measure({ [microphone]: -10 });
    expect(allowed('audio')).toBeUndefined();
  });

  test('has the media plane prefer who talks, on lines that do not carry all (SPEC 11.6)', async () => {
    const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
    const cameras = [await publish(ann, 'camera'), await publish(ben, 'camera')];
    const microphone = await publish(ben);
    measure({ [microphone]: -20 });
    // Not for a cough.
    expect(scene.media.preferred.get('hall')).toBeUndefined();
    await expect
      .poll(
        () => {
          measure({ [microphone]: -20 });
          return scene.media.preferred.get('hall');
        },
        { interval: 100 },
      )
      .toEqual([cameras[1]]);
  });

  test('is given no other choice more than four times a second by who toggles a microphone (SPEC 11.5)', async () => {
    const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
    const [first, second] = [await publish(ann), await publish(ben)];
    let choices = 0;
    scene.media.allowTracks = async () => {
      choices += 1;
    };
    speakers.setSettings('hall', { ...SETTINGS, loudest_n: 1 });
    const startedAt = performance.now();
    for (let round = 0; round < 100; round += 1) {
      await tracks.setMuted(
        round % 2 === 0 ? ann.stay : ben.stay,
        [first, second][round % 2] ?? '',
        round % 4 < 2,
      );
      if (round % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const intervals = Math.ceil((performance.now() - startedAt) / 250);
    expect(choices).toBeGreaterThan(0);
    expect(choices).toBeLessThanOrEqual(intervals + 1);
    // The last word counts, soon.
    await expect.poll(() => choices, { timeout: 5_000 }).toBeGreaterThan(1);
  });

  test('delivers who begins to speak at once, whatever was chosen just before (SPEC 11.3)', async () => {
    const people = [await scene.join('ann'), await scene.join('ben'), await scene.join('cyd')];
    const microphones = await Promise.all(people.map((one) => publish(one)));
    speakers.setSettings('hall', { ...SETTINGS, loudest_n: 1 });
    for (const [index, { stay }] of people.slice(0, 2).entries()) {
      await tracks.setMuted(stay, microphones[index] ?? '', true);
      await tracks.setMuted(stay, microphones[index] ?? '', false);
    }
    measure({ [microphones[2] ?? '']: -20 });
    expect(allowed('audio')).toEqual([microphones[2]]);
  });
});
