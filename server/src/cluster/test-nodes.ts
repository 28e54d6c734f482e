import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { NodeMedia } from '../media/node-media.ts';
import type { NodeGreeting } from './control-link.ts';
import { ControlLinks, type ControlLinksOptions } from './control-links.ts';
import { NodeHost, type NodeHostOptions } from './node-host.ts';
import { createNodesGate, type NodesGate, type NodesGateOptions } from './nodes-gate.ts';
import type { RemoteNode } from './remote-node.ts';
import { NODE_PROTOCOL_VERSION } from './wire.ts';
import { fingerprintOf } from './wire-schemas.ts';

/** Any text of 32 characters. */
export const NODE_KEY = 'k'.repeat(32);

const silent = pino({ level: 'silent' });

/** A control replica, as far as nodes see one. */
export interface TestReplica {
  readonly url: string;
  readonly replicaId: string;
  readonly gate: NodesGate;
  close(): Promise<void>;
}

/** @param options With a port of 0, which is the default, any free one, on 127.0.0.1 by default. */
export async function startReplica(
  routerCapabilities: NodesGateOptions['routerCapabilities'],
  options: Partial<NodesGateOptions> & { readonly port?: number; readonly address?: string } = {},
): Promise<TestReplica> {
  const server = createServer();
  const replicaId = options.replicaId ?? randomUUID();
  const gate = createNodesGate({
    nodeKey: NODE_KEY,
    logger: silent,
    ...options,
    server,
    replicaId,
    routerCapabilities,
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, options.address ?? '127.0.0.1', () => resolve());
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    replicaId,
    gate,
    async close() {
      await gate.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** The half of a media node that faces control replicas. */
export interface TestNode {
  readonly host: NodeHost;
  readonly links: ControlLinks;
  readonly hello: NodeGreeting;
  /** The plane stays the caller's. Idempotent. */
  close(): void;
}

export interface TestNodeOptions
  extends Partial<Omit<ControlLinksOptions, 'hello'>>,
    Pick<NodeHostOptions, 'keptMs' | 'outboxLimit'> {
  readonly media: NodeMedia;
  readonly urls: readonly string[];
  readonly hello?: Partial<NodeGreeting>;
}

export async function startNode(options: TestNodeOptions): Promise<TestNode> {
  const { media, keptMs, outboxLimit, hello: wanted, ...rest } = options;
  const host = new NodeHost({
    media,
    logger: silent,
    ...(keptMs === undefined ? {} : { keptMs }),
    ...(outboxLimit === undefined ? {} : { outboxLimit }),
  });
  const hello: NodeGreeting = {
    protocol: NODE_PROTOCOL_VERSION,
    nodeKey: NODE_KEY,
    nodeId: 'node-1',
    bootId: randomUUID(),
    region: null,
    labels: {},
    addresses: ['127.0.0.1'],
    capacity: { cores: 1 },
    workers: 1,
    routerFingerprint: fingerprintOf(media.getRouterCapabilities()),
    ...wanted,
  };
  const links = new ControlLinks({ logger: silent, ...rest, host, hello: () => hello });
  await links.start();
  return {
    host,
    links,
    hello,
    close() {
      links.close();
      host.close();
    },
  };
}

/** The next node that a replica takes, or the one that it has. */
export async function nodeAt({ gate }: TestReplica): Promise<RemoteNode> {
  const present = gate.nodes().find(({ state }) => state === 'connected');
  if (present !== undefined) return present;
  return await new Promise((resolve) => {
    const stop = gate.events.on('nodeJoined', (node) => {
      stop();
      resolve(node);
    });
  });
}
