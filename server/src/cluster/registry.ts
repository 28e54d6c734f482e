import { z } from 'zod';
import { AppError } from '../kernel/app-error.ts';
import type { WorkerLoad } from '../media/media-plane.ts';
import type { PeerId } from '../media/node-media.ts';
import {
  GROWTH_KEPT,
  nodeShare,
  PLACEMENT_LIMITS,
  type PlaceLoad,
  type PlacementLimits,
  UNSEEN_KEPT,
  workerShare,
} from '../media/placement/place-load.ts';
import { MEDIA_NODES_KEY, mediaNodeKey } from '../store/redis/keys.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import { peerIdOf } from './cluster-nodes.ts';
import { LEASE_MS, type NodeId, type NodeInfo, type NodeReport } from './wire.ts';

/** A node that is away for less is drained still when it comes back. */
const KEPT_MS = 60_000;
/** Reports of one node that several replicas pass on within this time are one measurement. */
const MEASUREMENT_MS = 900;

/** A media node, as all replicas know it. */
export interface RegisteredNode {
  readonly peerId: PeerId;
  readonly info: NodeInfo;
  readonly workers: readonly WorkerLoad[];
  /** What was reserved since the last measurement is counted. */
  readonly load: PlaceLoad;
  /** It wants nobody new, or an administrator wants it so. */
  readonly isDraining: boolean;
}

/** Every method throws AppError `unavailable` without Redis. */
export interface NodeRegistry {
  /**
   * Renews the lease of a node, and takes what it measured. To be called for each report.
   *
   * @returns whether an administrator has drained it. A Redis that has lost that hears it of the node.
   */
  report(info: NodeInfo, report: NodeReport): Promise<boolean>;
  /** Ends the lease of a node. That of another boot stays. */
  remove(node: Pick<NodeInfo, 'nodeId' | 'bootId'>): Promise<void>;
  /** Those with a lease. */
  list(): Promise<readonly RegisteredNode[]>;
  /** Has nobody new come to a node, and its people leave it, until `undrain`, or until it ends. @throws AppError `not_found`. */
  drain(nodeId: NodeId): Promise<void>;
  /** @throws AppError `not_found`. */
  undrain(nodeId: NodeId): Promise<void>;
}

/** The time is that of Redis. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** As `afterMeasurement` and `afterPlacement` have it: see place-load.ts. ARGV 1 and 2: spillAt, returnAt. */
export const LOAD = `
local function number(field)
  return tonumber(redis.call('HGET', KEYS[1], field) or '0')
end
local function settle()
  local share = number('measured') + number('since') + number('unseen')
  local bound = ARGV[1]
  if redis.call('HGET', KEYS[1], 'isBusy') == '1' then bound = ARGV[2] end
  local isBusy = share > tonumber(bound) or (bound == ARGV[2] and share == tonumber(bound))
  redis.call('HSET', KEYS[1], 'isBusy', isBusy and '1' or '0')
end
`;

/**
 * KEYS: the node, all nodes. ARGV 3 on: node, peer, info, report, measured, isDraining, lease, kept,
 * isDrained. Returns the last of these, as it is known here.
 */
const REPORT = `
${NOW}${LOAD}
if redis.call('HGET', KEYS[1], 'peerId') ~= ARGV[4] then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'peerId', ARGV[4], 'info', ARGV[5], 'workers', ARGV[6],
  'isDraining', ARGV[8], 'leaseEnd', now + ARGV[9])
redis.call('ZADD', KEYS[2], now + ARGV[9], ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[10])
redis.call('PEXPIRE', KEYS[1], ARGV[10])
redis.call('PEXPIRE', KEYS[2], ARGV[10])
redis.call('HSETNX', KEYS[1], 'isDrained', ARGV[11])
local isDrained = number('isDrained')
if now - number('measuredAt') < ${MEASUREMENT_MS} then return isDrained end
redis.call('HSET', KEYS[1], 'measuredAt', now, 'measured', ARGV[7],
  'unseen', number('since') * ${UNSEEN_KEPT}, 'since', 0, 'growth', number('growth') * ${GROWTH_KEPT})
settle()
return isDrained
`;

/** KEYS as before. ARGV: node, peer. */
const REMOVE = `
if redis.call('HGET', KEYS[1], 'peerId') ~= ARGV[2] then return end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
`;

/** ARGV: whether. */
const SET_DRAINED = `
${NOW}
if tonumber(redis.call('HGET', KEYS[1], 'leaseEnd') or '0') <= now then return 0 end
redis.call('HSET', KEYS[1], 'isDrained', ARGV[1])
return 1
`;

const nodeHash = z.object({
  peerId: z.string(),
  info: z.string(),
  workers: z.string(),
  isDraining: z.string(),
  isDrained: z.string().default('0'),
  isBusy: z.string().default('0'),
  measured: z.coerce.number().default(0),
  since: z.coerce.number().default(0),
  unseen: z.coerce.number().default(0),
  growth: z.coerce.number().default(0),
});

/** The media nodes of a cluster in Redis, for all control replicas. */
export function createNodeRegistry(
  redis: RedisStore,
  limits: PlacementLimits = PLACEMENT_LIMITS,
): NodeRegistry {
  const setDrained = async (nodeId: NodeId, isDrained: boolean): Promise<void> => {
    const flag = isDrained ? '1' : '0';
    const isKnown = await redis.run((client) =>
      client.eval(SET_DRAINED, 1, mediaNodeKey(nodeId), flag),
    );
    if (isKnown !== 1) throw new AppError('not_found', 'There is no media node with this id');
  };
  return {
    async report(info, { load, isDraining, isDrained }) {
      const answer = await redis.run((client) =>
        client.eval(
          REPORT,
          2,
          mediaNodeKey(info.nodeId),
          MEDIA_NODES_KEY,
          limits.spillAt,
          limits.returnAt,
          info.nodeId,
          peerIdOf(info),
          JSON.stringify(info),
          JSON.stringify(load),
          measuredShare(info, load),
          // What an administrator wants has a field of its own, which only they change.
          isDraining && !isDrained ? '1' : '0',
          LEASE_MS,
          KEPT_MS,
          isDrained ? '1' : '0',
        ),
      );
      return answer === 1;
    },
    async remove(node) {
      const { nodeId } = node;
      await redis.run((client) =>
        client.eval(REMOVE, 2, mediaNodeKey(nodeId), MEDIA_NODES_KEY, nodeId, peerIdOf(node)),
      );
    },
    async list() {
      return await redis.run(async (client) => {
        const [seconds, micros] = await client.time();
        const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
        const ids = await client.zrangebyscore(MEDIA_NODES_KEY, `(${now}`, '+inf');
        const hashes = await Promise.all(ids.map((id) => client.hgetall(mediaNodeKey(id))));
        return hashes.flatMap((hash) => readNode(hash) ?? []);
      });
    },
    drain: (nodeId) => setDrained(nodeId, true),
    undrain: (nodeId) => setDrained(nodeId, false),
  };
}

/** A worker that is not there takes nobody, and so its core is taken. */
function measuredShare({ capacity }: NodeInfo, load: readonly WorkerLoad[]): number {
  const missing = Math.max(0, capacity.cores - load.length);
  return nodeShare([...load.map((worker) => workerShare(worker)), ...Array(missing).fill(1)]);
}

/** Undefined for one that has gone meanwhile. */
function readNode(hash: Record<string, string>): RegisteredNode | undefined {
  const parsed = nodeHash.safeParse(hash);
  if (!parsed.success) return undefined;
  const { peerId, info, workers, measured, since, unseen, growth, ...flags } = parsed.data;
  return {
    peerId,
    // Written by a replica of this version.
    info: JSON.parse(info) as NodeInfo,
    workers: JSON.parse(workers) as readonly WorkerLoad[],
    load: {
      share: measured + since + unseen,
      isBusy: flags.isBusy === '1',
      growthShare: growth,
      measuredShare: measured,
      sinceShare: since,
      unseenShare: unseen,
    },
    isDraining: flags.isDraining === '1' || flags.isDrained === '1',
  };
}
