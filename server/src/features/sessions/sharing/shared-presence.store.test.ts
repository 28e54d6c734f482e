/** Several processes' worth of `Sessions` over one Redis and one media plane. */
import { randomUUID } from 'node:crypto';
import type { RoomId } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../../test/test-stores.ts';
import { roomPeopleKey } from '../../../store/redis/keys.ts';
import { connectRedis, type RedisStore } from '../../../store/redis/redis.ts';
import { FakeMediaPlane } from '../testing/fake-media-plane.ts';
import { FakeSeats } from '../testing/fake-stores.ts';
import { type Actor, Scene } from '../testing/scene.ts';
import { openSharedPresence, type SharedPresence } from './shared-presence.ts';

interface Process {
  readonly redis: RedisStore;
  readonly presence: SharedPresence;
  readonly scene: Scene;
}

const WITHIN = { timeout: 8_000, interval: 20 } as const;
const running: Process[] = [];
let url: string;
let roomId: RoomId;
let media: FakeMediaPlane;
let seats: FakeSeats;

async function start(leaseMs?: number): Promise<Process> {
  const redis = await connectRedis(url, silentLogger);
  const presence = await openSharedPresence(redis, silentLogger, leaseMs);
  const scene = new Scene({ media, seats, shareRoom: presence.shareRoom });
  const process = { redis, presence, scene };
  running.push(process);
  return process;
}

/** As SIGKILL: nothing is said, and the lease is not renewed any more. */
function kill({ redis }: Process): void {
  redis.client.disconnect();
}

function join({ scene }: Process, identity: string): Promise<Actor> {
  return scene.join(identity, scene.ticket(identity, roomId));
}

function publish({ scene }: Process, { stay }: Actor, trackId: string): void {
  scene.sessions.record(stay, {
    type: 'trackPublished',
    track: {
      trackId,
      participantId: stay.participantId,
      kind: 'audio',
      source: 'microphone',
      name: '',
      isMuted: false,
      mimeType: 'audio/opus',
      width: 0,
      height: 0,
    },
  });
}

const typesOf = ({ client }: Actor) => client.changes().map(({ type }) => type);
const seenBy = ({ scene }: Process) =>
  scene.sessions
    .findPeople(roomId)
    .map(({ identity }) => identity)
    .sort();

beforeEach(async () => {
  url = createTestRedisUrl();
  roomId = randomUUID();
  media = new FakeMediaPlane();
  seats = new FakeSeats();
});

afterEach(async () => {
  for (const { redis, presence, scene } of running.splice(0)) {
    await scene.sessions.drain();
    await presence.close();
    await redis.close();
  }
});

describe('people of one room in several processes', () => {
  test('are in what a newcomer hears first, with their tracks', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    publish(one, ann, 'mic');
    await vi.waitUntil(async () => (await recorded(one, ann)).includes('mic'), WITHIN);

    const ben = await join(two, 'ben');
    expect(ben.joined.participants).toMatchObject([
      { participantId: ann.stay.participantId, tracks: [{ trackId: 'mic' }] },
    ]);
    expect(media.joins.at(-1)?.subscribeTo).toEqual(['mic']);
    await vi.waitUntil(() => typesOf(ann).length > 0, WITHIN);
    expect(ann.client.changes()).toMatchObject([
      { type: 'participantJoined', participant: { identity: 'ben' } },
    ]);
  });

  test('hear what the others do in the order in which they do it', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    const ben = await join(two, 'ben');
    const { participantId } = ann.stay;
    publish(one, ann, 'mic');
    const mute = { type: 'trackMuted', participantId, trackId: 'mic' } as const;
    for (let round = 0; round < 50; round += 1) {
      one.scene.sessions.record(ann.stay, { ...mute, isMuted: round % 2 === 0 });
    }
    one.scene.sessions.updateParticipant(ann.stay, { name: 'Ann', attributes: { mood: 'good' } });
    one.scene.sessions.end(ann.stay, 'client_initiated');
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);

    expect(typesOf(ben)).toEqual([
      'trackPublished',
      ...Array.from({ length: 50 }, () => 'trackMuted'),
      'participantUpdated',
      'participantLeft',
    ]);
    const muted = ben.client
      .changes()
      .flatMap((change) => (change.type === 'trackMuted' ? [change.isMuted] : []));
    expect(muted).toEqual(Array.from({ length: 50 }, (_, round) => round % 2 === 0));
    expect(ben.client.changes().at(-1)).toMatchObject({ reason: 'client_initiated' });
  });

  test('are each told of the tracks of the others once', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    await join(two, 'ben');
    const announced: string[] = [];
    two.scene.sessions.events.on('tracksAnnounced', ({ trackIds }) => {
      announced.push(...trackIds);
    });
    publish(one, ann, 'mic');
    await vi.waitUntil(() => announced.length > 0, WITHIN);
    publish(one, ann, 'camera');
    await vi.waitUntil(() => announced.length > 1, WITHIN);
    expect(announced).toEqual(['mic', 'camera']);
  });

  test('are all there after 40 came at once to three processes, nobody twice', async () => {
    const processes = [await start(), await start(), await start()] as const;
    for (const { scene } of processes) {
      scene.facts.maxUsers = 100;
    }
    const actors = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        join(processes[(index % 3) as 0 | 1 | 2], `person-${String(index).padStart(2, '0')}`),
      ),
    );
    const everybody = actors.map(({ joined }) => joined.self.identity).sort();
    for (const process of processes) {
      await vi.waitFor(() => expect(seenBy(process)).toEqual(everybody), WITHIN);
    }
    for (const { client, joined } of actors) {
      const heard = () => [
        ...joined.participants.map(({ identity }) => identity),
        ...client
          .changes()
          .flatMap((change) =>
            change.type === 'participantJoined' ? [change.participant.identity] : [],
          ),
      ];
      const others = everybody.filter((identity) => identity !== joined.self.identity);
      await vi.waitFor(() => expect(heard().sort()).toEqual(others), WITHIN);
    }
  });

  test('leave the process where they were when they come in elsewhere, and are never seen twice', async () => {
    const one = await start();
    const two = await start();
    const ben = await join(one, 'ben');
    const first = await join(one, 'ann');
    await vi.waitUntil(() => typesOf(ben).length === 1, WITHIN);
    const second = await join(two, 'ann');
    expect(second.joined.participants.map(({ identity }) => identity)).toEqual(['ben']);
    await vi.waitUntil(() => first.stay.isOver, WITHIN);
    expect(first.client.all('goodbye')).toMatchObject([{ reason: 'duplicate_identity' }]);
    await vi.waitUntil(() => typesOf(ben).length === 3, WITHIN);
    expect(typesOf(ben)).toEqual(['participantJoined', 'participantLeft', 'participantJoined']);
    expect(seenBy(one)).toEqual(['ann', 'ben']);
    expect(seenBy(two)).toEqual(['ann', 'ben']);
  });

  test('who are hidden are seen in no process', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    const ben = await join(two, 'ben');
    await vi.waitUntil(() => typesOf(ann).length === 1, WITHIN);
    one.scene.sessions.setGrants(ann.stay, { ...ann.joined.grants, hidden: true });
    await vi.waitUntil(() => typesOf(ben).includes('participantLeft'), WITHIN);
    one.scene.sessions.setGrants(ann.stay, ann.joined.grants);
    await vi.waitUntil(() => typesOf(ben).length === 2, WITHIN);
    expect(typesOf(ben)).toEqual(['participantLeft', 'participantJoined']);
  });
});

describe('when something dies', () => {
  test('people of a process that stops are gone at once', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(two, 'ann');
    await join(one, 'ben');
    await vi.waitUntil(() => typesOf(ann).length === 1, WITHIN);
    await one.scene.sessions.drain();
    await vi.waitUntil(() => typesOf(ann).includes('participantLeft'), WITHIN);
    expect(ann.client.changes().at(-1)).toMatchObject({ reason: 'server_shutdown' });
  });

  test('people of a process that is killed are gone when its lease ends, for newcomers too', async () => {
    const one = await start(3_000);
    const two = await start();
    const ann = await join(two, 'ann');
    await join(one, 'ben');
    await vi.waitUntil(() => typesOf(ann).length === 1, WITHIN);
    kill(one);
    await vi.waitUntil(() => typesOf(ann).includes('participantLeft'), WITHIN);
    const three = await start();
    const carl = await join(three, 'carl');
    expect(carl.joined.participants.map(({ identity }) => identity)).toEqual(['ann']);
  });

  test('what changed while Redis was cut off is told when it is back, and life goes on meanwhile', async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    const carl = await join(one, 'carl');
    const ben = await join(two, 'ben');
    await vi.waitUntil(() => typesOf(carl).length === 1 && seenBy(two).length === 3, WITHIN);
    // That Carl came may be told only now.
    const heard = () => typesOf(ben).filter((type) => type !== 'participantJoined');
    one.redis.client.disconnect();
    publish(one, ann, 'mic');
    one.scene.sessions.updateParticipant(ann.stay, { name: 'Ann' });
    await vi.waitUntil(() => typesOf(carl).includes('participantUpdated'), WITHIN);
    expect(heard()).toEqual([]);
    await one.redis.client.connect();
    await vi.waitUntil(() => heard().length > 1, WITHIN);
    expect(heard()).toEqual(['participantUpdated', 'trackPublished']);
  });

  test('a Redis that has lost a room has everybody in it again', { timeout: 25_000 }, async () => {
    const one = await start();
    const two = await start();
    const ann = await join(one, 'ann');
    const ben = await join(two, 'ben');
    await vi.waitUntil(() => typesOf(ann).length === 1, WITHIN);
    await one.redis.client.del(roomPeopleKey(roomId));
    publish(one, ann, 'mic');
    // Who does not write looks every 10 s.
    const within = { timeout: 20_000, interval: 50 };
    await vi.waitFor(async () => {
      expect(await recorded(one, ann)).toContain('mic');
      expect(await recorded(one, ben)).toContain('ben');
    }, within);
    await vi.waitUntil(() => typesOf(ben).includes('trackPublished'), within);
    await vi.waitFor(() => {
      expect(seenBy(one)).toEqual(['ann', 'ben']);
      expect(seenBy(two)).toEqual(['ann', 'ben']);
    }, within);
  });
});

/** What Redis has of somebody. */
async function recorded({ redis }: Process, { stay }: Actor): Promise<string> {
  return (await redis.client.hget(roomPeopleKey(roomId), stay.participantId)) ?? '';
}
