import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../test/test-stores.ts';
import type { WorkerLoad } from '../media/media-plane.ts';
import { newcomerCores } from '../media/placement/costs.ts';
import { connectRedis, type RedisStore } from '../store/redis/redis.ts';
import { peerIdOf } from './cluster-nodes.ts';
import type { NodeNewcomer } from './place-on-node.ts';
import { createRedisRoomPlaces } from './redis-room-places.ts';
import { createNodeRegistry, type NodeRegistry } from './registry.ts';
import { createReservations, type ReservationsOptions } from './reservations.ts';
import { LEASE_MS, type NodeInfo } from './wire.ts';

let url: string;
let redis: RedisStore;
let registry: NodeRegistry;

beforeEach(async () => {
  outcomes = [];
  url = createTestRedisUrl();
  redis = await connectRedis(url, silentLogger);
  registry = createNodeRegistry(redis);
});
afterEach(() => redis.close());

function node(nodeId: string, more: Partial<NodeInfo> = {}): NodeInfo {
  return {
    nodeId,
    bootId: 'boot',
    region: null,
    labels: {},
    addresses: [],
    capacity: { cores: 1 },
    workers: 1,
    ...more,
  };
}

function load(cpuShare: number): WorkerLoad {
  return {
    pid: 1,
    slot: 0,
    restarts: 0,
    memoryBytes: 0,
    routers: 0,
    transports: 0,
    consumers: 0,
    pipes: 0,
    cpuShare,
    share: cpuShare,
    isBusy: false,
    incomingBps: 0,
    outgoingBps: 0,
  };
}

const report = (info: NodeInfo, cpuShare: number, isDraining = false) =>
  registry.report(info, { load: [load(cpuShare)], isDraining, isDrained: false });

const newcomer: NodeNewcomer = {
  roomId: randomUUID(),
  isReceiveOnly: false,
  publishers: 9,
  roomNodes: new Map(),
};
const CORES = newcomerCores(newcomer);

function reservations(options: Partial<ReservationsOptions> = {}) {
  return createReservations({
    redis,
    registry,
    isReachable: () => true,
    metrics: { count },
    ...options,
  });
}

/** What was counted, in order. */
let outcomes: string[];
const count: ReservationsOptions['metrics']['count'] = (name, labels) => {
  outcomes.push(`${name} ${Object.values(labels).join()}`);
};

describe('the registry of nodes', () => {
  test('has nodes for as long as they report, by the clock of Redis', async () => {
    await report(node('one'), 0.25);
    expect(await registry.list()).toMatchObject([
      { peerId: 'one/boot', isDraining: false, load: { measuredShare: 0.25, share: 0.25 } },
    ]);
    await expect
      .poll(() => registry.list(), { timeout: LEASE_MS + 2_000, interval: 100 })
      .toEqual([]);
  });

  test('begins anew with another boot of a node, and keeps that when the former goes', async () => {
    await report(node('one'), 0.25);
    await registry.drain('one');
    const next = node('one', { bootId: 'next' });
    await report(next, 0);
    await registry.remove(node('one'));
    expect(await registry.list()).toMatchObject([{ peerId: 'one/next', isDraining: false }]);
    await registry.remove(next);
    expect(await registry.list()).toEqual([]);
  });

  test('takes what several replicas pass on at once for one measurement', async () => {
    const place = reservations();
    await report(node('one'), 0.25);
    await place(newcomer);
    await Promise.all([report(node('one'), 0.25), report(node('one'), 0.25)]);
    const [first] = await registry.list();
    expect(first?.load.sinceShare).toBeCloseTo(CORES);
    expect(first?.load.unseenShare).toBe(0);
  });

  test('drains nodes that there are, until that is taken back', async () => {
    await expect(registry.drain('nobody')).rejects.toMatchObject({ code: 'not_found' });
    await report(node('one'), 0);
    await registry.drain('one');
    await report(node('one'), 0);
    expect(await registry.list()).toMatchObject([{ isDraining: true }]);
    await expect(reservations()(newcomer)).rejects.toMatchObject({ code: 'media_unavailable' });
    await registry.undrain('one');
    expect(await reservations()(newcomer)).toBe('one/boot');
  });

  test('counts a worker that is away as taken', async () => {
    await report(node('one', { capacity: { cores: 2 } }), 0.2);
    expect((await registry.list())[0]?.load.measuredShare).toBeCloseTo(0.6);
  });
});

describe('a reservation', () => {
  test('never fills a node beyond its limit, though two replicas place at once', async () => {
    const nodes = [node('one'), node('two')];
    for (const info of nodes) await report(info, 0.5);
    const limits = { spillAt: 0.6, returnAt: 0.45, fullAt: 0.5 + 10.5 * CORES };
    const roomNodes = new Map(nodes.map((info) => [peerIdOf(info), 1]));
    const redisOfOther = await connectRedis(url, silentLogger);
    const replicas = [
      reservations({ limits }),
      reservations({ limits, redis: redisOfOther, registry: createNodeRegistry(redisOfOther) }),
    ];
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => replicas[index % 2]?.({ ...newcomer, roomNodes })),
    );
    await redisOfOther.close();
    const placed = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    for (const { load: one } of await registry.list()) {
      expect(one.share).toBeLessThanOrEqual(limits.fullAt);
    }
    const perNode = nodes.map(
      (info) => placed.filter((peerId) => peerId === peerIdOf(info)).length,
    );
    expect(perNode).toEqual([10, 10]);
    expect(refused).toHaveLength(40);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'media_unavailable' });
  });

  test("prefers the room's nodes, then the region, and none that cannot be reached", async () => {
    await report(node('near', { region: 'here' }), 0.4);
    await report(node('far', { region: 'there' }), 0.1);
    const place = reservations({ region: 'here' });
    expect(await place(newcomer)).toBe('near/boot');
    expect(await place({ ...newcomer, roomNodes: new Map([['far/boot', 3]]) })).toBe('far/boot');
    const cut = reservations({ region: 'here', isReachable: (peerId) => peerId !== 'near/boot' });
    expect(await cut(newcomer)).toBe('far/boot');
    expect(await place({ ...newcomer, except: new Set(['near/boot']) })).toBe('far/boot');
  });

  test('goes on with a room only where there is space for more of it, also where its node is cut off', async () => {
    await report(node('cut'), 0.1);
    await report(node('nearly-full'), 0.75);
    const place = reservations({ isReachable: (peerId) => peerId !== 'cut/boot' });
    const roomNodes = new Map([['cut/boot', 3]]);
    await expect(place({ ...newcomer, roomNodes })).rejects.toMatchObject({
      code: 'media_unavailable',
    });
    expect(await place(newcomer)).toBe('nearly-full/boot');
  });

  test('is counted by what came of it, as is a refusal', async () => {
    const place = reservations();
    await expect(place(newcomer)).rejects.toMatchObject({ code: 'media_unavailable' });
    await report(node('one'), 0);
    await place(newcomer);
    await place({ ...newcomer, roomNodes: new Map([['one/boot', 1]]) });
    await registry.drain('one');
    await expect(place(newcomer)).rejects.toMatchObject({ code: 'media_unavailable' });
    await registry.undrain('one');
    // A replica that sees loads of long ago.
    const stale = await registry.list();
    const late = reservations({ registry: { list: async () => stale } });
    await report(node('one', { bootId: 'next' }), 0);
    await expect(late(newcomer)).rejects.toMatchObject({ retryAfterMs: 500 });
    expect(outcomes).toEqual(
      ['no_place', 'start', 'room', 'draining', 'contended'].map(
        (outcome) => `balai_node_placements_total ${outcome}`,
      ),
    );
  });

  test('counts until two measurements have seen it', async () => {
    await report(node('one'), 0);
    await reservations()(newcomer);
    const share = async () => (await registry.list())[0]?.load.share ?? 0;
    expect(await share()).toBeCloseTo(CORES);
    const measure = () => report(node('one'), 0).then(share);
    const wait = { timeout: 5_000, interval: 200 };
    await expect.poll(measure, wait).toBeCloseTo(CORES / 2);
    await expect.poll(measure, wait).toBe(0);
  });
});

describe('where rooms are', () => {
  test('is what all replicas say, until they say otherwise', async () => {
    const [one, other] = ['one', 'other'].map((replicaId) =>
      createRedisRoomPlaces({ redis, replicaId, logger: silentLogger }),
    );
    if (one === undefined || other === undefined) throw new Error('there are two');
    const roomId = randomUUID();
    const [track, next] = [randomUUID(), randomUUID()];
    await one.setPeople(roomId, 'a/1', 2);
    await other.setPeople(roomId, 'a/1', 1);
    await other.setPeople(roomId, 'b/1', 4);
    await one.addTrack(roomId, track, 'a/1');
    expect(await other.findNodes(roomId)).toEqual(
      new Map([
        ['a/1', 3],
        ['b/1', 4],
      ]),
    );
    expect(await other.findTracks(roomId, [next, track])).toEqual(new Map([[track, 'a/1']]));
    await one.setPeople(roomId, 'a/1', 0);
    await other.setPeople(roomId, 'b/1', 0);
    await one.removeTrack(roomId, track);
    expect(await one.findNodes(roomId)).toEqual(new Map([['a/1', 1]]));
    expect(await other.findTracks(roomId, [track])).toEqual(new Map());
    expect(await other.findTracks(roomId, [])).toEqual(new Map());
    one.close();
    other.close();
  });
});
