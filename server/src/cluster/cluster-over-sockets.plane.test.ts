import { pino } from 'pino';
import { describeMediaPlane } from '../media/media-plane.contract.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import { createClusterNodes } from './cluster-nodes.ts';
import { closingWith, clusterPlane, startLocalNode } from './test-local-nodes.ts';
import { startNode, startReplica } from './test-nodes.ts';

/** Each node behind a socket, as it comes to a replica. */
async function startOverSockets(options: {
  readonly workerCount: number;
  readonly maxOutgoingBitrateBps?: number;
}): Promise<MediaPlane> {
  const { workerCount, ...rest } = options;
  const local = await Promise.all(
    Array.from({ length: workerCount }, (_, index) => startLocalNode(`node-${index}/boot`, rest)),
  );
  const media = local.map((node) => node.media);
  const [first] = media;
  if (first === undefined) throw new Error('a cluster has a node');
  const replica = await startReplica(first.getRouterCapabilities());
  const joined = new Promise<void>((resolve) => {
    replica.gate.events.on('nodeJoined', () => {
      if (replica.gate.nodes().length === workerCount) resolve();
    });
  });
  const hosts = await Promise.all(
    media.map((one, index) =>
      startNode({ media: one, urls: [replica.url], hello: { nodeId: `node-${index}` } }),
    ),
  );
  await joined;
  const nodes = createClusterNodes(replica.gate, pino({ level: 'silent' }));
  return closingWith(clusterPlane(nodes), async () => {
    for (const host of hosts) host.close();
    await replica.close();
    await Promise.all(media.map((one) => one.close()));
  });
}

describeMediaPlane(
  'a cluster with everybody on another node, over sockets',
  startOverSockets,
  'over all workers',
);
