import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { RtpCapabilities } from '@balai/protocol';
import { type DefaultEventsMap, Server, type Socket } from 'socket.io';
import { z } from 'zod';
import { AppError } from '../kernel/app-error.ts';
import { Emitter } from '../kernel/emitter.ts';
import type { Logger } from '../kernel/logger.ts';
import { isSameSecret } from '../kernel/shown-secret.ts';
import type { NodeConnection, NodeSocket } from './node-connection.ts';
import { createRemoteNode, type RemoteNode } from './remote-node.ts';
import {
  NODE_PROTOCOL_VERSION,
  NODES_NAMESPACE,
  NODES_PATH,
  type NodeHello,
  type NodeId,
  type NodeInfo,
  type NodeMessages,
  type NodeRefusal,
  REPORT_INTERVAL_MS,
  type ReplicaId,
  type ReplicaMessages,
} from './wire.ts';
import { fingerprintOf, nodeHello, read } from './wire-schemas.ts';

/** Their sum is about the lease of a node: both sides notice by then that the other one is gone. */
const PING_INTERVAL_MS = 1_000;
const PING_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** The answer to a join of somebody who receives everything in a large hall is well below this. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Bytes that may come from whoever has not shown the key: a greeting is much smaller. */
const MAX_GREETING_BYTES = 64 * 1024;
/** How long a node that is connected has to show that it is, when another one comes with its id. */
const PROBE_TIMEOUT_MS = REPORT_INTERVAL_MS + 500;

/** What happens to the nodes of a replica. */
export type NodesGateEvents = {
  /** A node that is new, or that was lost. It takes commands. */
  nodeJoined: RemoteNode;
  /** A node has told its load. */
  nodeReported: RemoteNode;
  /** A node is gone for ever, and its people's `mediaLost` was told. */
  nodeLost: RemoteNode;
};

export interface NodesGateOptions {
  /** Stays the caller's. */
  readonly server: HttpServer | HttpsServer;
  /** Whoever has it is a node. At least 32 characters. */
  readonly nodeKey: string;
  readonly replicaId: ReplicaId;
  /** What routers of every node can take. */
  readonly routerCapabilities: RtpCapabilities;
  /** Has a word when a node comes: an AppError that it throws refuses the node. */
  readonly admit?: (hello: NodeHello) => Promise<void>;
  /** Milliseconds; see {@link RemoteNode}. */
  readonly leaseMs?: number;
  readonly commandTimeoutMs?: number;
  readonly logger: Logger;
}

/** Where media nodes come in. */
export interface NodesGate {
  readonly events: Emitter<NodesGateEvents>;
  /** Those that are not lost. */
  nodes(): readonly RemoteNode[];
  find(nodeId: NodeId): RemoteNode | undefined;
  /** Lets everybody leave the nodes, and closes their sockets. Idempotent. */
  close(): Promise<void>;
}

type GateServer = Server<NodeMessages, ReplicaMessages, DefaultEventsMap, { hello: NodeHello }>;
type GateSocket = Socket<NodeMessages, ReplicaMessages, DefaultEventsMap, { hello: NodeHello }>;

interface Entry {
  readonly node: RemoteNode;
  readonly connection: NodeConnection;
  socket: GateSocket | undefined;
}

/** Lets media nodes in that have the key, speak this version, and come once. */
export function createNodesGate(options: NodesGateOptions): NodesGate {
  const { replicaId, routerCapabilities, logger } = options;
  const entries = new Map<NodeId, Entry>();
  const fingerprint = fingerprintOf(routerCapabilities);
  const events = new Emitter<NodesGateEvents>((error, event) =>
    logger.error({ err: error, event }, 'listener of the gate of nodes failed'),
  );
  const io: GateServer = new Server(options.server, {
    path: NODES_PATH,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
  });
  const strangers = new WeakMap<Socket['conn'], () => void>();
  io.engine.on('connection', (connection: Socket['conn']) => {
    strangers.set(connection, boundGreeting(connection));
  });
  io.use((_socket, next) => next(new Error('nothing here')));
  const door = io.of(NODES_NAMESPACE);
  door.use((socket, next) => {
    letIn(socket).then(
      (hello) => {
        socket.data.hello = hello;
        strangers.get(socket.conn)?.();
        next();
      },
      (error: unknown) => next(refusalOf(error, socket)),
    );
  });
  door.on('connection', (socket) => serve(socket));

  async function letIn(socket: GateSocket): Promise<NodeHello> {
    const hello = readHello(socket.handshake.auth, options.nodeKey);
    if (hello.routerFingerprint !== fingerprint) {
      throw new AppError('unsupported_protocol', 'The node offers other codecs than this replica');
    }
    const present = entries.get(hello.nodeId);
    if (present?.socket !== undefined) {
      await assertOne(hello, present.node.info, present.socket);
      present.socket?.disconnect(true);
    }
    await options.admit?.(hello);
    return hello;
  }

  /** @throws AppError `conflict` for a node that is there already, or another one with its id. */
  async function assertOne(hello: NodeHello, present: NodeInfo, socket: GateSocket) {
    if (hello.bootId !== present.bootId) {
      if (!(await isHeard(socket))) return;
      throw new AppError('conflict', 'Another node has this id: give each its own BALAI_NODE_ID');
    }
    // It knows better than we do whether the socket that is open here is.
    if (!hello.linkedTo.includes(replicaId)) return;
    throw new AppError('conflict', 'This node is connected already');
  }

  function refusalOf(error: unknown, socket: GateSocket): Error {
    const known =
      error instanceof AppError ? error : new AppError('internal', undefined, { cause: error });
    const { address } = socket.handshake;
    if (known.code === 'internal') logger.error({ err: error }, 'a media node met a fault');
    else
      logger.warn({ code: known.code, address, reason: known.message }, 'a media node is refused');
    const data: NodeRefusal = { ...known.toWire(), replicaId };
    return Object.assign(new Error(known.message), { data });
  }

  function serve(socket: GateSocket): void {
    const { hello } = socket.data;
    let entry = entries.get(hello.nodeId);
    if (entry?.socket !== undefined) {
      // Two came at once, and the other one was quicker. This one is refused when it comes again.
      socket.disconnect(true);
      return;
    }
    if (entry !== undefined && entry.node.info.bootId !== hello.bootId) {
      entry.connection.lose('it was started anew');
      entry = undefined;
    }
    entry ??= enter(hello);
    carry(entry, socket);
  }

  function enter(hello: NodeHello): Entry {
    const info: NodeInfo = {
      nodeId: hello.nodeId,
      bootId: hello.bootId,
      region: hello.region,
      labels: hello.labels,
      addresses: hello.addresses,
      capacity: hello.capacity,
      workers: hello.workers,
    };
    let hasJoined = false;
    const { node, connection } = createRemoteNode({
      info,
      replicaId,
      routerCapabilities,
      onResumed() {
        logger.info({ nodeId: info.nodeId, bootId: info.bootId }, 'a media node is there');
        if (!hasJoined) events.emit('nodeJoined', node);
        hasJoined = true;
      },
      onReport: () => events.emit('nodeReported', node),
      onLost() {
        if (entries.get(info.nodeId) === entry) entries.delete(info.nodeId);
        if (hasJoined) events.emit('nodeLost', node);
      },
      leaseMs: options.leaseMs,
      commandTimeoutMs: options.commandTimeoutMs,
      logger,
    });
    const entry: Entry = { node, connection, socket: undefined };
    entries.set(info.nodeId, entry);
    return entry;
  }

  function carry(entry: Entry, socket: GateSocket): void {
    const { connection } = entry;
    entry.socket = socket;
    const wire: NodeSocket = {
      resume: (order, answered) => socket.emit('resume', order, answered),
      command: (message, answered) => socket.emit('command', message, answered),
      adopt: (people, answered) => socket.emit('adopt', people, answered),
      close: () => socket.disconnect(true),
    };
    socket.conn.on('packet', () => connection.heard());
    // Not `on`: Socket.IO hands events on a tick later than answers, and they would change places.
    socket.onAny((name: keyof NodeMessages, message: unknown, answer: unknown) => {
      try {
        if (name === 'fact') connection.takeFact(wire, message);
        else if (name === 'report') {
          const received = connection.takeReport(wire, message);
          const { isDrained = null } = entry.node;
          if (typeof answer === 'function') answer({ received, isDrained });
        } else if (name === 'goodbye') connection.lose('it said goodbye');
      } catch (error) {
        logger.error({ err: error, nodeId: entry.node.info.nodeId }, 'a node was not understood');
        connection.lose('it was not understood');
      }
    });
    socket.on('disconnect', () => {
      if (entry.socket === socket) entry.socket = undefined;
      connection.detach(wire);
    });
    connection.attach(wire);
  }

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([...entries.values()].map(({ node }) => node.close()));
    door.disconnectSockets(true);
    io.engine.close();
    events.removeAll();
  };
  return {
    events,
    nodes: () => [...entries.values()].map(({ node }) => node),
    find: (nodeId) => entries.get(nodeId)?.node,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** The key first: whoever has not got it learns nothing else. */
function readHello(auth: unknown, nodeKey: string): NodeHello {
  const shown = z.looseObject({ nodeKey: z.string() }).safeParse(auth);
  if (!shown.success || !isSameSecret(shown.data.nodeKey, nodeKey)) {
    throw new AppError('unauthorized', 'This is not the key of the nodes: see BALAI_NODE_KEY');
  }
  const versioned = z.looseObject({ protocol: z.int() }).safeParse(auth);
  if (versioned.success && versioned.data.protocol !== NODE_PROTOCOL_VERSION) {
    const { protocol } = versioned.data;
    throw new AppError(
      'unsupported_protocol',
      `The node speaks version ${protocol}, and this replica version ${NODE_PROTOCOL_VERSION}`,
    );
  }
  return read(nodeHello, auth, 'greeting');
}

/** Whether a node is heard on a socket: one that lives reports each second. */
async function isHeard(socket: GateSocket): Promise<boolean> {
  return await new Promise((resolve) => {
    const done = (wasHeard: boolean) => {
      clearTimeout(timer);
      socket.conn.off('packet', heard);
      socket.off('disconnect', silent);
      resolve(wasHeard);
    };
    const heard = () => done(true);
    const silent = () => done(false);
    const timer = setTimeout(silent, PROBE_TIMEOUT_MS);
    socket.conn.on('packet', heard);
    socket.on('disconnect', silent);
  });
}

/** @returns what ends the bound. */
function boundGreeting(connection: Socket['conn']): () => void {
  const { socket } = connection.request;
  const limit = socket.bytesRead + MAX_GREETING_BYTES;
  const check = () => {
    if (socket.bytesRead > limit) socket.destroy();
  };
  socket.on('data', check);
  return () => socket.off('data', check);
}
