import type { RoomChange, TrackSource } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Choice } from './choose.ts';
import { RoomSpeakers } from './room-speakers.ts';

const LIMITS = { loudest: 2, last: 2 };

let room: RoomSpeakers;
let now: number;

beforeEach(() => {
  room = new RoomSpeakers(LIMITS);
  now = 0;
});

function apply(change: RoomChange): void {
  room.apply(change, now);
}

/** Somebody comes with these, each track named after them and its source. */
function come(participantId: string, ...sources: readonly TrackSource[]): void {
  const identity = participantId;
  const joinedAt = '2026-01-01T00:00:00.000Z';
  const role = 'participant';
  apply({
    type: 'participantJoined',
    participant: {
      participantId,
      identity,
      name: identity,
      role,
      joinedAt,
      metadata: '',
      attributes: {},
      handRaisedAt: null,
      tracks: [],
    },
  });
  for (const source of sources) publish(participantId, source);
}

function publish(participantId: string, source: TrackSource, isMuted = false): void {
  const trackId = `${participantId} ${source}`;
  const kind = source === 'camera' || source === 'screen_share' ? 'video' : 'audio';
  const facts = { name: source, mimeType: '', width: 0, height: 0 };
  apply({
    type: 'trackPublished',
    track: { trackId, participantId, kind, source, isMuted, ...facts },
  });
}

function setMuted(participantId: string, source: TrackSource, isMuted: boolean): void {
  apply({ type: 'trackMuted', participantId, trackId: `${participantId} ${source}`, isMuted });
}

/** Each of them is heard as loud, for so many reports. */
function speak(levels: Readonly<Record<string, number>>, reports = 1): void {
  for (let report = 0; report < reports; report += 1) {
    now += 125;
    room.hear(
      Object.entries(levels).map(([id, volumeDb]) => ({ trackId: `${id} microphone`, volumeDb })),
      now,
    );
  }
}

function sorted(choice: Choice): readonly string[] | 'all' {
  return choice === 'all' ? 'all' : [...choice].toSorted();
}

describe('who is heard', () => {
  test('is everybody while there are places for all, whoever speaks (SPEC 11.2)', () => {
    come('ann', 'microphone');
    come('ben', 'microphone');
    come('cyd', 'camera');
    speak({ ann: -20 });
    expect(room.audio).toBe('all');
  });

  test('counts nobody who is muted (SPEC 11.2)', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'microphone');
    expect(sorted(room.audio)).toEqual(['ben microphone', 'ann microphone'].toSorted());
    setMuted('ben', 'microphone', true);
    expect(room.audio).toBe('all');
    setMuted('ben', 'microphone', false);
    expect(room.audio).not.toBe('all');
  });

  test('is at once who unmutes, in place of who was silent longest (SPEC 11.3)', () => {
    for (const id of ['ann', 'ben']) come(id, 'microphone');
    come('cyd');
    publish('cyd', 'microphone', true);
    speak({ ann: -30 });
    speak({ ben: -30 });
    now += 30_000;
    room.settle(now);
    setMuted('cyd', 'microphone', false);
    expect(sorted(room.audio)).toEqual(['ben microphone', 'cyd microphone']);
  });

  test('is again who spoke last, when who unmuted says nothing and another speaks', () => {
    for (const id of ['ann', 'ben', 'cyd', 'dan']) come(id, 'microphone');
    now += 20_000;
    speak({ ann: -30 });
    now += 5_000;
    setMuted('cyd', 'microphone', true);
    setMuted('cyd', 'microphone', false);
    now += 12_000;
    speak({ dan: -30 });
    expect(sorted(room.audio)).toEqual(['ann microphone', 'dan microphone']);
  });

  test('always includes the sound of screens, which takes no place (SPEC 11.2)', () => {
    come('ann', 'microphone', 'screen_share', 'screen_share_audio');
    come('ben', 'microphone');
    expect(room.audio).toBe('all');
    come('cyd', 'microphone');
    now += 20_000;
    speak({ ben: -30, cyd: -30 });
    expect(sorted(room.audio)).toEqual([
      'ann screen_share_audio',
      'ben microphone',
      'cyd microphone',
    ]);
  });

  test('follows the limit of the room, and who leaves makes a place (SPEC 11.5)', () => {
    for (const id of ['ann', 'ben', 'cyd', 'dan']) come(id, 'microphone');
    room.setLimits({ ...LIMITS, loudest: 1 }, now);
    expect(sorted(room.audio)).toHaveLength(1);
    room.setLimits({ ...LIMITS, loudest: 3 }, now);
    expect(sorted(room.audio)).toHaveLength(3);
    apply({ type: 'participantLeft', participantId: 'ann', reason: 'client_initiated' });
    expect(room.audio).toBe('all');
  });
});

describe('who is seen (SPEC 11.4)', () => {
  test('is who came first, until others talk for a while', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'camera', 'microphone');
    speak({ cyd: -30 });
    expect(sorted(room.video)).toEqual(['ann camera', 'ben camera']);
    speak({ cyd: -30 }, 8);
    expect(sorted(room.video)).toEqual(['ann camera', 'cyd camera']);
    speak({ ben: -30 }, 10);
    expect(sorted(room.video)).toEqual(['ben camera', 'cyd camera']);
  });

  test('leaves places to others while muted', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'camera');
    setMuted('ann', 'camera', true);
    expect(room.video).toBe('all');
  });

  test('is nobody in a room without places', () => {
    come('ann', 'camera');
    room.setLimits({ ...LIMITS, last: 0 }, now);
    expect(sorted(room.video)).toEqual([]);
  });
});

describe('who speaks (SPEC 11.1)', () => {
  test('is told with the loudest first, and no longer after a pause', () => {
    for (const id of ['ann', 'ben']) come(id, 'microphone');
    speak({ ann: -30, ben: -20 });
    expect(room.speakers).toEqual([
      { participantId: 'ben', level: 0.089 },
      { participantId: 'ann', level: 0.032 },
    ]);
    speak({ ann: -30 }, 6);
    expect(room.speakers.map(({ participantId }) => participantId)).toEqual(['ann']);
    expect(room.nextSettlingAt).toBe(now + 700);
    room.settle(now + 700);
    expect(room.speakers).toEqual([]);
    expect(room.nextSettlingAt).toBeUndefined();
  });

  test('are not those who are too quiet to be heard', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'microphone');
    speak({ ann: -20, ben: -45, cyd: -20 });
    expect(room.speakers.map(({ participantId }) => participantId)).toEqual(['ann', 'cyd']);
  });

  test('is nobody who is muted, whatever was measured before', () => {
    come('ann', 'microphone');
    speak({ ann: -20 });
    setMuted('ann', 'microphone', true);
    expect(room.speakers).toEqual([]);
    speak({ ann: -20 });
    expect(room.speakers).toEqual([]);
  });

  test('is nobody because of the sound of a screen', () => {
    come('ann', 'screen_share_audio');
    room.hear([{ trackId: 'ann screen_share_audio', volumeDb: -10 }], now);
    expect(room.speakers).toEqual([]);
  });
});

test('who turns a microphone off and on again and again is not about to speak each time (SPEC 11.3)', () => {
  for (const person of ['ann', 'ben', 'eve']) come(person, 'microphone');
  now += 60_000;
  speak({ ann: -30 });
  speak({ ben: -30 });
  now += 2_000;
  room.settle(now);
  for (const isMuted of [true, false, true, false]) setMuted('eve', 'microphone', isMuted);
  expect(sorted(room.audio)).toContain('eve microphone');
  now += 1_000;
  speak({ ann: -30, ben: -30 });
  now += 2_000;
  room.settle(now);
  // By then those who spoke last have the places, and keep them.
  setMuted('eve', 'microphone', true);
  setMuted('eve', 'microphone', false);
  expect(sorted(room.audio)).toEqual(['ann microphone', 'ben microphone']);
  apply({ type: 'trackUnpublished', participantId: 'eve', trackId: 'eve microphone' });
  publish('eve', 'microphone');
  expect(sorted(room.audio)).toEqual(['ann microphone', 'ben microphone']);
  now += 10_000;
  setMuted('eve', 'microphone', true);
  setMuted('eve', 'microphone', false);
  expect(sorted(room.audio)).toContain('eve microphone');
});

describe('a track that takes the place of another one (SPEC 19.2)', () => {
  /** What somebody publishes is published from another place too. */
  function move(participantId: string, source: TrackSource): void {
    const replaces = `${participantId} ${source}`;
    const kind = source === 'camera' ? 'video' : 'audio';
    const facts = { name: source, mimeType: '', width: 0, height: 0, isMuted: false } as const;
    const track = {
      trackId: `moved ${replaces}`,
      participantId,
      kind,
      source,
      replaces,
      ...facts,
    } as const;
    apply({ type: 'trackPublished', track });
  }

  test('is heard with it, as long as both are there, and takes no place of another', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'microphone');
    speak({ ann: -20, ben: -25, cyd: -60 }, 20);
    expect(sorted(room.audio)).toEqual(['ann microphone', 'ben microphone']);
    move('ann', 'microphone');
    const both = ['ann microphone', 'ben microphone', 'moved ann microphone'];
    expect(sorted(room.audio)).toEqual(both);
    expect(room.speakers.map(({ participantId }) => participantId).toSorted()).toEqual([
      'ann',
      'ben',
    ]);
    apply({ type: 'trackUnpublished', participantId: 'ann', trackId: 'ann microphone' });
    expect(sorted(room.audio)).toEqual(['ben microphone', 'moved ann microphone']);
    expect(room.speakers).toHaveLength(2);
  });

  test('is seen with it, and takes no place of another', () => {
    for (const id of ['ann', 'ben', 'cyd']) come(id, 'camera');
    const before = sorted(room.video);
    expect(before).toHaveLength(2);
    const [moving = ''] = (before as readonly string[]).map((id) => id.replace(' camera', ''));
    move(moving, 'camera');
    expect(sorted(room.video)).toEqual([...before, `moved ${moving} camera`].toSorted());
    apply({ type: 'trackUnpublished', participantId: moving, trackId: `${moving} camera` });
    expect(sorted(room.video)).toHaveLength(2);
    expect(room.video).toContain(`moved ${moving} camera`);
  });
});
