import { AppError } from '../kernel/app-error.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { PeerId } from '../media/node-media.ts';
import { chooseNode, type Place, type RefusalReason } from '../media/placement/choose-place.ts';
import { expectedGrowthCores, newcomerCores, roomCores } from '../media/placement/costs.ts';
import { PLACEMENT_LIMITS, type PlacementLimits } from '../media/placement/place-load.ts';
import { mediaNodeKey } from '../store/redis/keys.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { NodeNewcomer, PlaceOnNode } from './place-on-node.ts';
import { LOAD, NOW, type NodeRegistry, type RegisteredNode } from './registry.ts';

/** Others may take a place between the choice and the reservation; each time the loads are read again. */
const ATTEMPTS = 8;

const RESERVED = 1;

/** KEYS: the node. ARGV 3 on: peer, fullAt, what the newcomer takes, what growth is expected. */
const RESERVE = `
${NOW}${LOAD}
if redis.call('HGET', KEYS[1], 'peerId') ~= ARGV[3] or number('leaseEnd') <= now then return 0 end
if number('isDraining') == 1 or number('isDrained') == 1 then return 0 end
local share = number('measured') + number('since') + number('unseen')
if share + tonumber(ARGV[5]) > tonumber(ARGV[4]) then return 0 end
redis.call('HINCRBYFLOAT', KEYS[1], 'since', ARGV[5])
redis.call('HINCRBYFLOAT', KEYS[1], 'growth', ARGV[6])
settle()
return ${RESERVED}
`;

const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  no_place: 'There is no media node',
  draining: 'Every media node is being drained',
  full: 'Every media node has as much to do as it can',
};

export interface ReservationsOptions {
  readonly redis: RedisStore;
  readonly registry: Pick<NodeRegistry, 'list'>;
  /** Whether this replica can command the node: one that it has no socket with takes nobody of it. */
  readonly isReachable: (peerId: PeerId) => boolean;
  /** Where the clients of this replica are; undefined where nobody knows. */
  readonly region?: string | undefined;
  /** Default {@link PLACEMENT_LIMITS}. */
  readonly limits?: PlacementLimits;
  readonly metrics: Pick<Metrics, 'count'>;
  /** At least 0 and below 1. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Places people on nodes. What somebody is expected to take is reserved in one step with the
 * check that there is so much, so that replicas that choose at once do not fill a node beyond
 * its limit. It counts until two measurements of the node have seen it.
 */
export function createReservations(options: ReservationsOptions): PlaceOnNode {
  const { redis, registry, isReachable, region, metrics } = options;
  const { limits = PLACEMENT_LIMITS, random = Math.random } = options;

  const reserve = async (
    node: RegisteredNode,
    share: number,
    growthShare: number,
  ): Promise<boolean> => {
    const { spillAt, returnAt, fullAt } = limits;
    const answer = await redis.run((client) =>
      client.eval(
        RESERVE,
        1,
        mediaNodeKey(node.info.nodeId),
        spillAt,
        returnAt,
        node.peerId,
        fullAt,
        share,
        growthShare,
      ),
    );
    return answer === RESERVED;
  };

  const told = (outcome: string): void => {
    metrics.count('balai_node_placements_total', { outcome });
  };

  return async (newcomer) => {
    const { isReceiveOnly, publishers, roomNodes, except } = newcomer;
    const isEligible = ({ peerId }: RegisteredNode) => isReachable(peerId) && !except?.has(peerId);
    const cores = newcomerCores({ isReceiveOnly, publishers });
    for (let attempt = 1; ; attempt += 1) {
      const nodes = await registry.list();
      const places = nodes.filter(isEligible).map((node) => placeOf(node, newcomer));
      const isRoomElsewhere = nodes.some(
        (node) => roomNodes.has(node.peerId) && !node.isDraining && !isEligible(node),
      );
      const placement = chooseNode({ cores, region, isRoomElsewhere }, places, random, limits);
      if (!placement.isPlaced) {
        told(placement.reason);
        throw new AppError('media_unavailable', REFUSALS[placement.reason]);
      }
      const node = placement.id;
      const size = Math.max(1, node.info.capacity.cores);
      const growth = expectedGrowthCores(placement.reason);
      if (await reserve(node, cores / size, growth / size)) {
        told(placement.reason);
        return node.peerId;
      }
      if (attempt === ATTEMPTS) {
        told('contended');
        throw new AppError('media_unavailable', 'Others took every place', { retryAfterMs: 500 });
      }
    }
  };
}

function placeOf(node: RegisteredNode, newcomer: NodeNewcomer): Place<RegisteredNode> {
  const people = newcomer.roomNodes.get(node.peerId);
  const { publishers } = newcomer;
  return {
    id: node,
    load: node.load,
    cores: Math.max(1, node.info.capacity.cores),
    isDraining: node.isDraining,
    region: node.info.region ?? undefined,
    // Of those who are on a node it is not known who publishes: they are taken to first.
    roomCores:
      people === undefined
        ? undefined
        : roomCores({
            publishers,
            publishersHere: Math.min(people, publishers),
            receiversHere: people,
          }),
  };
}
