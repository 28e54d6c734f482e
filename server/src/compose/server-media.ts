import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { createClusterMediaPlane } from '../cluster/cluster-media-plane.ts';
import { createClusterNodes, peerIdOf } from '../cluster/cluster-nodes.ts';
import { createRedisRoomPlaces } from '../cluster/redis-room-places.ts';
import { createNodeRegistry } from '../cluster/registry.ts';
import { createRegistryDirectory } from '../cluster/registry-directory.ts';
import type { RemoteNode } from '../cluster/remote-node.ts';
import { createReservations } from '../cluster/reservations.ts';
import { type NodeInfo, REPORT_INTERVAL_MS } from '../cluster/wire.ts';
import type { NodeDirectory } from '../features/nodes/node-directory.ts';
import {
  createProcessNodes,
  type OwnNode,
  type ProcessNodesOptions,
} from '../features/nodes/process-nodes.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { AdoptableMedia } from '../media/adoptable-media.ts';
import { computeRouterCapabilities } from '../media/local/codecs.ts';
import { createLocalMediaPlane } from '../media/local/local-media-plane.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { MovableMedia } from '../media/movable-media.ts';
import type { NodeMedia } from '../media/node-media.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { ServerConfig } from './config.ts';
import { linkAddress, type NodesDoorConfig } from './node-config.ts';
import { openNodesDoor } from './nodes-door.ts';
import type { Closer } from './running-server.ts';

type NodeParts = Pick<ProcessNodesOptions, 'inquiries' | 'present'>;

export interface ServerMediaOptions {
  readonly config: ServerConfig;
  /** What the main port is served by. */
  readonly mainServer: HttpServer;
  readonly redis: RedisStore;
  readonly own: OwnNode;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Takes what is to be closed. */
  readonly opened: Closer[];
}

/** How many nodes there are, by how they do. */
export interface NodeCounts {
  readonly ready: number;
  readonly draining: number;
  readonly away: number;
}

/** The media of a server: its own workers, or those of media nodes, or both. */
export interface ServerMedia {
  readonly media: MediaPlane;
  /** Of this process; undefined where it has no workers. */
  readonly workers: NodeMedia | undefined;
  readonly openNodes: (parts: NodeParts) => NodeDirectory;
  /** Undefined where media ends with this process. */
  readonly onNodes: (MovableMedia & AdoptableMedia) | undefined;
  readonly countNodes: () => NodeCounts;
  /** The server takes requests now: from here on its own workers are known by their name. */
  readonly begin: () => void;
}

/** @throws Error for people. */
export async function openServerMedia(options: ServerMediaOptions): Promise<ServerMedia> {
  const { config, own, opened } = options;
  const workers = config.role === 'control' ? undefined : await startWorkers(options);
  if (workers !== undefined) opened.push(['the workers', () => workers.close()]);
  const { nodesDoor } = config;
  if (nodesDoor !== undefined) return await openCluster(options, nodesDoor, workers);
  if (workers === undefined) throw new Error('a server without workers needs media nodes');
  const { isDraining } = own;
  return {
    media: workers,
    workers,
    openNodes: (parts) => createProcessNodes({ ...parts, media: workers, own }),
    onNodes: undefined,
    countNodes: () => ({ ready: Number(!isDraining()), draining: Number(isDraining()), away: 0 }),
    begin: () => undefined,
  };
}

async function startWorkers({
  config,
  own,
  metrics,
  logger,
}: ServerMediaOptions): Promise<NodeMedia> {
  const { workerBin, workerCount, rtcPort, announcedAddress, placementLimits } = config;
  return await createLocalMediaPlane({
    workerBin,
    workerCount,
    rtcPort,
    announcedAddress,
    placementLimits,
    links: linkAddress(config),
    isDraining: own.isDraining,
    metrics,
    logger,
  });
}

async function openCluster(
  options: ServerMediaOptions,
  nodesDoor: NodesDoorConfig,
  workers: NodeMedia | undefined,
): Promise<ServerMedia> {
  const { config, mainServer, redis, own, metrics, logger, opened } = options;
  const replicaId = randomUUID();
  const routerCapabilities = computeRouterCapabilities();
  const { region, placementLimits: limits } = config;
  const registry = createNodeRegistry(redis, limits);
  const tellFault = (error: unknown) => logger.warn({ err: error }, 'a media node was not noted');
  const door = await openNodesDoor({
    config: nodesDoor,
    mainServer,
    host: config.host,
    replicaId,
    routerCapabilities,
    logger,
  });
  opened.push(['the door for media nodes', () => door.close()]);
  const noteReport = async (node: RemoteNode): Promise<void> => {
    const { info, report } = node;
    if (report !== undefined) node.isDrained = await registry.report(info, report);
  };
  door.gate.events.on('nodeReported', (node) => void noteReport(node).catch(tellFault));
  // Replicas that hear it still say so with its next report.
  door.gate.events.on('nodeLost', ({ info }) => void registry.remove(info).catch(tellFault));
  const nodes = createClusterNodes(door.gate, logger);
  const places = createRedisRoomPlaces({ redis, replicaId, logger });
  opened.push(['where rooms are', async () => places.close()]);
  const isReachable = (peerId: string) => nodes.find(peerId) !== undefined;
  const media = createClusterMediaPlane({
    nodes,
    places,
    place: createReservations({ redis, registry, isReachable, region, limits, metrics }),
    routerCapabilities,
    logger,
  });
  opened.push(['the media plane', () => media.close()]);

  const begin = (): void => {
    if (workers === undefined) return;
    const { region: ownRegion, labels, addresses, cores } = own;
    const info: NodeInfo = {
      nodeId: own.nodeId(),
      bootId: replicaId,
      region: ownRegion,
      labels,
      addresses,
      capacity: { cores },
      workers: cores,
    };
    nodes.addOwn({ peerId: peerIdOf(info), media: workers, isDraining: own.isDraining });
    const report = async (): Promise<void> => {
      const load = await workers.getLoad();
      const isDrained = own.isDrained();
      const report = { load, isDraining: own.isDraining(), isDrained };
      const wanted = await registry.report(info, report);
      if (wanted !== isDrained) own.setDraining(wanted);
    };
    const reportOrTell = (): void => void report().catch(tellFault);
    reportOrTell();
    const timer = setInterval(reportOrTell, REPORT_INTERVAL_MS);
    opened.push([
      'the own workers among the nodes',
      async () => {
        clearInterval(timer);
        await registry.remove(info);
      },
    ]);
  };
  const countNodes = (): NodeCounts => {
    const all = door.gate.nodes();
    const here = all.filter(({ state }) => state === 'connected');
    const draining = here.filter(({ report }) => report?.isDraining === true).length;
    const isOwnReady = workers !== undefined && !own.isDraining();
    const isOwnDraining = workers !== undefined && own.isDraining();
    return {
      ready: here.length - draining + Number(isOwnReady),
      draining: draining + Number(isOwnDraining),
      away: all.length - here.length,
    };
  };
  return {
    media,
    workers,
    openNodes: ({ inquiries }) =>
      createRegistryDirectory({ registry, inquiries, listRooms: () => media.listRooms() }),
    onNodes: media,
    countNodes,
    begin,
  };
}
