import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from './load.ts';
import type { Subject } from './subject.ts';
import { measureWindow, type Window } from './window.ts';
import { type JoinTimes, OPUS, type Publishing, VIDEO_960_KBIT } from './wire.ts';

/** For DTLS handshakes and first key frames to be over. */
const SETTLE_MS = 2_000;
/**
 * Between joins that have nothing to do with each other: a publisher is asked for a key
 * frame twice a second at most, and who comes right after somebody else waits for the next.
 */
const APART_MS = 600;
/** Joins of a crowd that is not measured: so many at once. */
const CROWD_BATCH = 25;

const CAMERA: Publishing = { video: VIDEO_960_KBIT, audio: OPUS };
/**
 * What a hundred clients in one process, all of whom decrypt what they get from 25
 * others, can take. What a person adds shows at any rate.
 */
const CROWD_CAMERA: Publishing = {
  video: { packetsPerSecond: 4, payloadBytes: 1_000 },
  audio: { packetsPerSecond: 20, payloadBytes: 80 },
};
/** A thumbnail's worth: what a large room sends of each person is mostly small. */
const SMALL_CAMERA: Publishing = {
  video: { packetsPerSecond: 10, payloadBytes: 1_000 },
  audio: { packetsPerSecond: 25, payloadBytes: 80 },
};

/** Lets many people in, in batches. */
async function attend(
  subject: Subject,
  load: Load,
  people: number,
  publishing: Publishing | null,
): Promise<void> {
  for (let there = 0; there < people; there += CROWD_BATCH) {
    const entries = await subject.invite(Math.min(CROWD_BATCH, people - there));
    await load.run('attend', { entries, publishing, pace: 0 });
  }
}

/** One person sends camera and microphone, so many receive. */
export async function forwardToMany(
  subject: Subject,
  load: Load,
  subscribers: number,
  seconds: number,
): Promise<Window> {
  await attend(subject, load, 1, CAMERA);
  await attend(subject, load, subscribers, null);
  await delay(SETTLE_MS);
  return await measureWindow(subject, load, seconds);
}

/** So many people, all of whom send and receive. */
export function forwardAmong(
  subject: Subject,
  load: Load,
  people: number,
  seconds: number,
): Promise<Window> {
  return forwardAmongAll(subject, load, { people, camera: SMALL_CAMERA, seconds });
}

/** As {@link forwardAmong}, at the rates that the largest of several rooms can have. */
export function forwardInCrowd(
  subject: Subject,
  load: Load,
  people: number,
  seconds: number,
): Promise<Window> {
  return forwardAmongAll(subject, load, { people, camera: CROWD_CAMERA, seconds });
}

async function forwardAmongAll(
  subject: Subject,
  load: Load,
  { people, camera, seconds }: { people: number; camera: Publishing; seconds: number },
): Promise<Window> {
  await attend(subject, load, people, camera);
  await delay(SETTLE_MS);
  return await measureWindow(subject, load, seconds);
}

/** People who join, with the SDK, a room with four speakers and a number of listeners. */
export async function join(
  subject: Subject,
  load: Load,
  { present, joins, atOnce }: { present: number; joins: number; atOnce: boolean },
): Promise<readonly JoinTimes[]> {
  const speakers = Math.min(4, Math.max(1, present));
  await attend(subject, load, speakers, SMALL_CAMERA);
  await attend(subject, load, Math.max(0, present - speakers), null);
  await delay(SETTLE_MS);
  const entries = await subject.invite(joins);
  return await load.run('join', { entries, pace: atOnce ? 0 : APART_MS });
}
