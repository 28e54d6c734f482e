import type { Subscription, TrackInfo } from '@balai/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Attendee, Meeting, type SentTrack } from '../../../test/rtc/meeting.ts';
import { systemClock } from '../../kernel/clock.ts';
import { Emitter } from '../../kernel/emitter.ts';
import { createLocalMediaPlane } from '../../media/local/local-media-plane.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import { Layers } from '../layers/layers.ts';
import type { SessionsEvents } from '../sessions/sessions.ts';
import { Speakers } from './speakers.ts';

const PEOPLE = 30;
const PLACES = 25;
/** One transport carries the cameras and microphones of so many people. */
const PEOPLE_PER_TRANSPORT = 5;
/** Long enough for every camera to be seen. */
const FRAMES = 20;
const LONG = { timeout: 10_000, interval: 10 };
const logger = pino({ level: 'silent' });

interface Person {
  readonly participantId: string;
  readonly camera: SentTrack;
  readonly microphone: SentTrack;
  readonly subscription: Subscription;
}

let plane: MediaPlane;
let meeting: Meeting;
let speakers: Speakers;
let events: Emitter<SessionsEvents>;
let viewer: Attendee;
let people: Person[];

beforeAll(async () => {
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
  const settings = { loudest_n: 6, last_n: PLACES };
  speakers = new Speakers({
    media: plane,
    sessions,
    layers: new Layers(plane, sessions),
    broadcast: () => undefined,
    readSettings: async () => settings,
    defaults: settings,
    clock: systemClock,
    logger,
  });
  const sent: Omit<Person, 'subscription'>[] = [];
  for (let count = 0; count < PEOPLE / PEOPLE_PER_TRANSPORT; count += 1) {
    const publisher = await meeting.attend({ canSubscribe: false });
    for (let index = 0; index < PEOPLE_PER_TRANSPORT; index += 1) {
      const participantId = `person ${sent.length}`;
      const camera = await meeting.publish(publisher, 'video');
      const microphone = await meeting.publish(publisher, 'audio');
      enter(participantId, [
        { kind: 'video', source: 'camera', trackId: camera.trackId },
        { kind: 'audio', source: 'microphone', trackId: microphone.trackId },
      ]);
      sent.push({ participantId, camera, microphone });
    }
  }
  viewer = await meeting.attend({ canPublish: false });
  const cameras = sent.map(({ camera }) => camera);
  const subscriptions = await meeting.receive(viewer, cameras);
  people = sent.map((one, index) => ({
    ...one,
    subscription: subscriptions[index] as Subscription,
  }));
}, 60_000);

afterAll(async () => {
  speakers?.close();
  meeting?.close();
  await plane?.close();
});

function enter(
  participantId: string,
  tracks: readonly Pick<TrackInfo, 'kind' | 'source' | 'trackId'>[],
): void {
  const { roomId } = meeting;
  const participant = {
    participantId,
    identity: participantId,
    name: participantId,
    role: 'participant',
    joinedAt: new Date().toISOString(),
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks: tracks.map((track) => ({
      ...track,
      participantId,
      name: track.source,
      isMuted: false,
      mimeType: track.kind === 'video' ? 'video/VP8' : 'audio/opus',
      width: 0,
      height: 0,
    })),
  } as const;
  events.emit('roomChanged', { roomId, change: { type: 'participantJoined', participant } });
}

const count = ({ subscription }: Person) => viewer.client.countPackets(subscription);

/** Whose pictures come while everybody sends some frames, by their places. */
async function whoIsSeen(): Promise<readonly number[]> {
  const before = people.map(count);
  const { sender } = (people[0] as Person).camera;
  const goal = sender.framesSent + FRAMES;
  await expect.poll(() => sender.framesSent, LONG).toBeGreaterThanOrEqual(goal);
  return people.flatMap((one, index) => (count(one) > (before[index] ?? 0) ? [index] : []));
}

/** Until what was on its way has come. */
async function expectSeen(expected: readonly number[]): Promise<void> {
  await expect.poll(whoIsSeen, LONG).toEqual(expected);
}

test('of 30 cameras 25 are seen, and of the others whoever speaks, in the place of another (SPEC 11.4)', async () => {
  const firsts = Array.from({ length: PLACES }, (_, index) => index);
  await expectSeen(firsts);
  const newcomer = people[28] as Person;
  newcomer.microphone.sender.setVolume(-30);
  await viewer.client.waitForMedia(newcomer.subscription);
  const seen = await whoIsSeen();
  expect(seen).toHaveLength(PLACES);
  expect(seen).toContain(28);

  // Who ceased to speak stays until others speak.
  newcomer.microphone.sender.setVolume(-127);
  await expectSeen(seen);
}, 60_000);
