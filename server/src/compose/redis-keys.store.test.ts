/** What is in Redis, beside the list that says what is in Redis. */
import { randomUUID } from 'node:crypto';
import type { ParticipantInfo } from '@balai/protocol';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createExerciseWorld } from '../../test/api-exercises.ts';
import type { ExerciseWorld } from '../../test/exercise.ts';
import { silentLogger } from '../../test/test-stores.ts';
import { createRedisRoomPlaces } from '../cluster/redis-room-places.ts';
import { createNodeRegistry } from '../cluster/registry.ts';
import { createDeniedTokens } from '../features/application-tokens/denied-tokens.ts';
import { createTurns } from '../features/housekeeping/turns.ts';
import { createAdmissions } from '../features/lobby/admissions.ts';
import { createRevocations } from '../features/moderation/revocations.ts';
import { createStayRecords, recordOf } from '../features/sessions/resuming/stay-records.ts';
import { createPeopleRecord } from '../features/sessions/sharing/people-record.ts';
import { Scene } from '../features/sessions/testing/scene.ts';
import { createFailureLimit } from '../store/redis/failure-limit.ts';
import { type KeySpec, REDIS_KEYS } from '../store/redis/keys.ts';
import type { RedisStore } from '../store/redis/redis.ts';

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** What a placeholder stands for; anything where it is not named. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  roomId: UUID,
  userId: UUID,
  tokenHash: '[0-9a-f]{64}',
};
const DAY_MS = 86_400_000;

let world: ExerciseWorld;
beforeAll(async () => {
  world = await createExerciseWorld();
});
afterAll(() => world.api.close());

function matches({ pattern }: KeySpec, key: string): boolean {
  const source = pattern
    .split(/\{(\w+)\}/)
    .map((part, index) =>
      index % 2 === 0 ? part.replaceAll(/[{}]/g, '\\$&') : `(?:${PLACEHOLDERS[part] ?? '.+'})`,
    );
  return new RegExp(`^${source.join('')}$`).test(key);
}

async function useCluster(redis: RedisStore, roomId: string): Promise<void> {
  const info = {
    nodeId: 'node',
    bootId: 'boot',
    region: null,
    labels: {},
    addresses: [],
    capacity: { cores: 1 },
    workers: 0,
  };
  await createNodeRegistry(redis).report(info, { load: [], isDraining: false, isDrained: false });
  const places = createRedisRoomPlaces({ redis, replicaId: 'replica', logger: silentLogger });
  await places.setPeople(roomId, 'node/boot', 1);
  await places.addTrack(roomId, randomUUID(), 'node/boot');
  places.close();
  const record = createPeopleRecord(redis, randomUUID());
  await record.renewLease();
  await record.write(roomId, new Map());
  await keepStay(redis, roomId);
}

async function keepStay(redis: RedisStore, roomId: string): Promise<void> {
  const { stay } = await new Scene().join('ann');
  const { participantId } = stay;
  const info: ParticipantInfo = {
    participantId,
    identity: 'ann',
    name: 'Ann',
    role: 'participant',
    joinedAt: stay.joinedAt.toISOString(),
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks: [],
  };
  const records = createStayRecords(redis);
  const { ticket, ...record } = recordOf(stay, info, 'node/boot');
  await records.write({ ...record, ticket: { ...ticket, roomId } });
  await records.claim(roomId, participantId);
}

test('every key that is in use is in the list, with its type and an end; every listed one is in use', async () => {
  const { api, guest, room, host } = world;
  const { client } = api.stores.redis;
  await api.request('/v1/users/me', { token: host.accessToken });
  await api.request(`/v1/rooms/${room.id}`);
  await api.request('/readyz');
  await guest.client.request('transport.connect', {
    transportId: guest.joined.sendTransport?.transportId ?? '',
    dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }] },
  });
  // Messages are told to the other processes once a second.
  api.world.now += 1_000;
  await guest.client.request('chat.send', { messageId: randomUUID(), text: 'Hello' });
  const guesses = { name: 'riddle', failures: 2, windowMs: 60_000 };
  const limit = createFailureLimit(api.stores.redis, guesses);
  await (await limit.begin('somebody')).settle('wrong');
  await limit.begin('somebody');
  const denied = createDeniedTokens(api.stores.redis, () => api.world.now);
  await denied.deny(randomUUID(), 'token', api.world.now + 60_000);
  await createRevocations(api.stores.redis, () => api.world.now).revoke(room.id, randomUUID());
  await createAdmissions(api.stores.redis).add(room.id, [randomUUID()]);
  await useCluster(api.stores.redis, room.id);
  await createTurns(api.stores.redis).take('tidy', 'somebody', 60_000);

  const prefix = new URL(api.redisUrl).searchParams.get('keyPrefix') ?? '';
  const specs: readonly KeySpec[] = Object.values(REDIS_KEYS);
  await vi.waitFor(async () => {
    const used = new Set<KeySpec>();
    for (const prefixed of await client.keys(`${prefix}*`)) {
      const key = prefixed.slice(prefix.length);
      const found = specs.filter((spec) => matches(spec, key));
      expect(found, key).toHaveLength(1);
      const type = await client.type(key);
      expect(type === 'zset' ? 'sorted set' : type, key).toBe(found[0]?.type);
      const leftMs = await client.pttl(key);
      expect(leftMs, key).toBeGreaterThan(0);
      expect(leftMs, key).toBeLessThanOrEqual(DAY_MS);
      for (const spec of found) used.add(spec);
    }
    expect(specs.filter((spec) => !used.has(spec))).toEqual([]);
  }, 10_000);
});
