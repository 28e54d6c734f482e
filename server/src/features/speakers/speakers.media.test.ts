import type { Subscription, TrackInfo } from '@balai/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Attendee, Meeting, type SentTrack } from '../../../test/rtc/meeting.ts';
import { ssrcOf } from '../../../test/rtc/rtc-client.ts';
import { frameNumberOf } from '../../../test/rtc/track-sender.ts';
import { systemClock } from '../../kernel/clock.ts';
import { Emitter } from '../../kernel/emitter.ts';
import { createLocalMediaPlane } from '../../media/local/local-media-plane.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import { Layers } from '../layers/layers.ts';
import type { SessionsEvents } from '../sessions/sessions.ts';
import { Speakers } from './speakers.ts';

const PEOPLE = 100;
/** One transport carries the microphones of so many people: 100 of them are more than a test machine's job. */
const PEOPLE_PER_TRANSPORT = 10;
const PLACES = 6;
/** 20 ms each: how many a speaker may send before the first one is heard. */
const PACKETS_IN_500_MS = 25;
const LONG = { timeout: 10_000, interval: 5 };
const logger = pino({ level: 'silent' });

interface Person extends SentTrack {
  readonly participantId: string;
  readonly publisher: Attendee;
  readonly subscription: Subscription;
}

let plane: MediaPlane;
let meeting: Meeting;
let speakers: Speakers;
let events: Emitter<SessionsEvents>;
let listener: Attendee;
let people: Person[];

beforeEach(async () => {
  plane = await createLocalMediaPlane({
    workerBin: process.env['MEDIASOUP_WORKER_BIN'],
    workerCount: 1,
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger,
  });
  meeting = new Meeting(plane);
  events = new Emitter(() => undefined);
  const findRoom = () => ({ isEmpty: false });
  const sessions = { events, findRoom, findParticipant: () => undefined };
  speakers = new Speakers({
    media: plane,
    sessions,
    layers: new Layers(plane, sessions),
    broadcast: () => undefined,
    readSettings: async () => ({ loudest_n: PLACES, last_n: 25 }),
    defaults: { loudest_n: PLACES, last_n: 25 },
    clock: systemClock,
    logger,
  });
  await fillRoom();
}, 60_000);

afterEach(async () => {
  speakers.close();
  meeting.close();
  await plane.close();
});

/** A hundred people with their microphones on, in a noisy place, and one who listens. */
async function fillRoom(): Promise<void> {
  const sent: Omit<Person, 'subscription'>[] = [];
  for (let count = 0; count < PEOPLE / PEOPLE_PER_TRANSPORT; count += 1) {
    const publisher = await meeting.attend({ canSubscribe: false });
    for (let index = 0; index < PEOPLE_PER_TRANSPORT; index += 1) {
      const track = await meeting.publish(publisher, 'audio');
      track.sender.setVolume(-65);
      const participantId = `person ${sent.length}`;
      enter(participantId, track.trackId);
      sent.push({ ...track, participantId, publisher });
    }
  }
  listener = await meeting.attend({ canPublish: false });
  const subscriptions = await meeting.receive(listener, sent);
  people = sent.map((one, index) => ({
    ...one,
    subscription: subscriptions[index] as Subscription,
  }));
}

function enter(participantId: string, trackId: string): void {
  const { roomId } = meeting;
  const name = participantId;
  const joinedAt = new Date().toISOString();
  const participant = {
    participantId,
    identity: name,
    name,
    role: 'participant',
    joinedAt,
  } as const;
  const track: TrackInfo = {
    trackId,
    participantId,
    kind: 'audio',
    source: 'microphone',
    name,
    isMuted: false,
    mimeType: 'audio/opus',
    width: 0,
    height: 0,
  };
  const joined = {
    ...participant,
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks: [],
  };
  events.emit('roomChanged', {
    roomId,
    change: { type: 'participantJoined', participant: joined },
  });
  events.emit('roomChanged', { roomId, change: { type: 'trackPublished', track } });
}

async function setMuted({ publisher, participantId, trackId }: Person, isMuted: boolean) {
  await plane.setMuted(publisher.participantId, trackId, isMuted);
  const change = { type: 'trackMuted', participantId, trackId, isMuted } as const;
  events.emit('roomChanged', { roomId: meeting.roomId, change });
}

function person(index: number): Person {
  return people[index] as Person;
}

function count({ subscription }: Person): number {
  return listener.client.countPackets(subscription);
}

/** Waits while everybody sends so many packets. */
async function pass(packets: number): Promise<void> {
  const { sender } = person(0);
  const goal = sender.framesSent + packets;
  await expect.poll(() => sender.framesSent, LONG).toBeGreaterThanOrEqual(goal);
}

/** Who is heard while everybody sends half a second's packets. */
async function whoIsHeard(): Promise<readonly Person[]> {
  const before = people.map(count);
  await pass(PACKETS_IN_500_MS);
  return people.filter((one, index) => count(one) > (before[index] ?? 0));
}

/** Who is heard once what people did a moment ago has been followed: four times a second (SPEC 11.5). */
async function whoIsHeardThen(): Promise<readonly Person[]> {
  let heard: readonly Person[] = [];
  const look = async () => {
    heard = await whoIsHeard();
    return heard.length;
  };
  await expect.poll(look, LONG).toBe(PLACES);
  return heard;
}

/** Makes somebody speak, and tells how many packets they sent before the first was heard. */
async function speak(one: Person): Promise<number> {
  const { sender, subscription } = one;
  const { inbox } = listener.client;
  const ssrc = ssrcOf(subscription);
  const before = inbox.count(ssrc);
  const [from, lateBefore] = [sender.framesSent, sender.framesLate];
  let first = 0;
  sender.setVolume(-30);
  await inbox.waitUntil(() => {
    const latest = inbox.findLatest(ssrc);
    if (latest === undefined || inbox.count(ssrc) === before) return false;
    // Not what was sent until now: more may have left by the time that this one is here.
    first = frameNumberOf(latest);
    return true;
  }, `sound of ${one.participantId}`);
  // Those that this process sent late all came at once: they are no time of the server's.
  return first - from - (sender.framesLate - lateBefore);
}

describe('in a room of 100 with everybody unmuted', () => {
  test('each new speaker is heard within 500 ms, and never more than six (SPEC 11.2, 11.3)', async () => {
    await whoIsHeardThen();
    const late: number[] = [];
    for (let index = 10; index < 90; index += 8) {
      const one = person(index);
      late.push(await speak(one));
      await pass(index % 7);
      one.sender.setVolume(-65);
      await pass(PACKETS_IN_500_MS);
    }
    process.stdout.write(`packets sent before the first was heard: ${late.join(' ')}\n`);
    expect(Math.max(...late)).toBeLessThanOrEqual(PACKETS_IN_500_MS);
    const heard = await whoIsHeard();
    // Whoever spoke last is still there, and loses not a packet of the next word.
    expect(heard).toEqual([42, 50, 58, 66, 74, 82].map(person));
    expect(await speak(person(42))).toBeLessThanOrEqual(2);
  }, 60_000);

  test('six are heard when all speak at once, and the same as long as they are as loud (SPEC 11.3)', async () => {
    for (const { sender } of people) sender.setVolume(-30);
    await pass(PACKETS_IN_500_MS);
    const heard = await whoIsHeardThen();
    await pass(2 * PACKETS_IN_500_MS);
    expect(await whoIsHeard()).toEqual(heard);
    const silent = people.find((one) => !heard.includes(one)) as Person;
    silent.sender.setVolume(-10);
    await listener.client.waitForMedia(silent.subscription);
    await whoIsHeardThen();
  }, 60_000);

  test('who unmutes is heard before they say anything (SPEC 11.3)', async () => {
    const one = person(77);
    await setMuted(one, true);
    await expect.poll(whoIsHeard, LONG).not.toContain(one);
    await setMuted(one, false);
    await listener.client.waitForMedia(one.subscription);
    await whoIsHeardThen();
  }, 60_000);

  test('everybody is heard again once no more than six are unmuted (SPEC 11.2)', async () => {
    await Promise.all(people.slice(PLACES).map((one) => setMuted(one, true)));
    await expect.poll(whoIsHeard, LONG).toEqual(people.slice(0, PLACES));
  }, 60_000);
});
