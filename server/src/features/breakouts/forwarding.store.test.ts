/** People shown in another room, whose people are in other processes of a cluster. */
import { randomUUID } from 'node:crypto';
import type { ParticipantInfo, RoomId } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { stayKey } from '../../store/redis/keys.ts';
import type { FakeClient } from '../sessions/testing/fake-clients.ts';
import { FAKE_RTP_PARAMETERS, FakeMediaPlane } from '../sessions/testing/fake-media-plane.ts';
import { FakeSeats } from '../sessions/testing/fake-stores.ts';
import type { Actor } from '../sessions/testing/scene.ts';
import { type SceneProcess, startSceneProcess } from '../sessions/testing/scene-process.ts';
import { Tracks } from '../tracks/tracks.ts';
import { Forwarding } from './forwarding.ts';

const WITHIN = { timeout: 8_000, interval: 20 } as const;
const running: (() => Promise<void>)[] = [];
let redisUrl: string;
let media: FakeMediaPlane;
let seats: FakeSeats;
let one: SceneProcess;
let two: SceneProcess;
let forwardingOf: Map<SceneProcess, Forwarding>;
/** Where ann is, in process one. */
let hall: RoomId;
/** Where ann is to be shown. */
let annex: RoomId;
let ann: Actor;

async function start(): Promise<SceneProcess> {
  const process = await startSceneProcess({ redisUrl, media, seats });
  const forwarding = new Forwarding({
    media,
    sessions: process.scene.sessions,
    assertWithinReach: async () => undefined,
    inquiries: process.inquiries,
    elsewhere: { isAnybodyIn: () => expect.fail('nobody is out of reach') },
    isMediaShared: true,
    logger: silentLogger,
  });
  forwardingOf.set(process, forwarding);
  running.push(async () => {
    forwarding.close();
    await process.stop();
  });
  return process;
}

beforeEach(async () => {
  redisUrl = createTestRedisUrl();
  media = new FakeMediaPlane();
  seats = new FakeSeats();
  forwardingOf = new Map();
  [hall, annex] = [randomUUID(), randomUUID()];
  one = await start();
  two = await start();
  ann = await one.join('ann', hall);
  await new Tracks(media, one.scene.sessions, silentLogger).publish(ann.stay, {
    clientTrackId: 'camera',
    source: 'camera',
    name: '',
    isMuted: false,
    width: 0,
    height: 0,
    rtpParameters: FAKE_RTP_PARAMETERS,
  });
});

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const show = (by: SceneProcess): Promise<void> | undefined =>
  forwardingOf.get(by)?.forward(hall, ann.stay.ticket.userId, annex);

const shownIn = ({ scene }: SceneProcess): ParticipantInfo[] =>
  scene.sessions.findPeople(annex).filter(({ isForwarded }) => isForwarded);

/** One person is shown, with their camera, to people of a process. */
async function seen(process: SceneProcess, except?: string): Promise<ParticipantInfo> {
  return await vi.waitFor(() => {
    const shown = shownIn(process);
    expect(shown).toMatchObject([{ identity: 'ann', tracks: [{ source: 'camera' }] }]);
    expect(shown[0]?.participantId).not.toBe(except);
    return shown[0] as ParticipantInfo;
  }, WITHIN);
}

const typesOf = (client: FakeClient) => client.changes().map(({ type }) => type);
const isNowhere = () =>
  [one, two].every(({ scene }) => scene.sessions.findRoom(annex) === undefined);

describe('somebody is shown in a room', () => {
  test.each([
    ['their own process', () => one],
    ['the one of those who see them', () => two],
  ])('whose people are in another process, as asked of %s (SPEC 18.9)', async (_, by) => {
    const ben = await two.join('ben', annex);
    await show(by());
    const shown = await seen(two);
    expect([...media.forwarded]).toEqual([[shown.tracks[0]?.trackId, annex]]);
    await forwardingOf.get(two)?.stop(hall, ann.stay.ticket.userId, annex);
    await vi.waitUntil(() => shownIn(two).length === 0, WITHIN);
    expect(typesOf(ben.client)).not.toContain('participantUpdated');
    await vi.waitUntil(() => media.forwarded.size === 0, WITHIN);
    expect(one.scene.sessions.findRoom(annex)).toBeUndefined();
  });

  test('with the first who comes there, in whichever process, until the last has left (SPEC 18.9)', async () => {
    await show(one);
    await show(one);
    const ben = await two.join('ben', annex);
    await seen(two);
    const cleo = await one.join('cleo', annex);
    two.scene.sessions.end(ben.stay, 'client_initiated');
    await vi.waitUntil(() => one.scene.sessions.findPeople(annex).length === 2, WITHIN);
    await seen(one);
    one.scene.sessions.end(cleo.stay, 'client_initiated');
    await vi.waitUntil(isNowhere, WITHIN);
    expect(media.forwarded.size).toBe(0);
  });

  test('where a hidden person of their own process is the only one', async () => {
    const ben = await one.join('ben', annex, { hidden: true });
    await show(two);
    await seen(one);
    one.scene.sessions.end(ben.stay, 'client_initiated');
    await vi.waitUntil(isNowhere, WITHIN);
  });

  test('until that one ends', async () => {
    await two.join('ben', annex);
    await show(one);
    await seen(two);
    for (const { scene } of [one, two]) scene.sessions.closeRoom(annex);
    await vi.waitUntil(() => media.forwarded.size === 0, WITHIN);
    expect(isNowhere()).toBe(true);
    await two.join('cleo', annex);
    expect(shownIn(two)).toEqual([]);
  });

  test.each([
    ['was killed', () => one.kill()],
    ['lives', async () => undefined],
    ['has stopped', () => one.stop()],
  ])(
    'also once another process goes on with their stay, whose own %s (SPEC 8.11)',
    async (_, end) => {
      await two.join('ben', annex);
      await show(one);
      const { participantId } = await seen(two);
      const key = stayKey(hall, ann.stay.participantId);
      const isWritten = (text: string | null) => text?.includes(`["${annex}","${participantId}"]`);
      await vi.waitUntil(async () => isWritten(await two.redis.client.get(key)), WITHIN);
      await end();
      const { stay } = await two.comeBack(ann.stay);
      await seen(two, participantId);
      two.scene.sessions.end(stay, 'client_initiated');
      await vi.waitUntil(() => shownIn(two).length === 0, WITHIN);
    },
  );
});
