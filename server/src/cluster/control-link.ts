import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import type { Logger } from '../kernel/logger.ts';
import type { ControlAddress } from './control-addresses.ts';
import type { NodeHost, TellReplica } from './node-host.ts';
import {
  NODES_NAMESPACE,
  NODES_PATH,
  type NodeHello,
  type NodeMessages,
  type NodeReport,
  type ReplicaId,
  type ReplicaMessages,
} from './wire.ts';
import { commandMessage, people, read, reportAnswer, resumeOrder } from './wire-schemas.ts';

/** For a connection, its handshake included. */
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_DELAY_MS = 200;
const MAX_RECONNECT_DELAY_MS = 1_000;
/** Until a replica that refused, or closed the socket, is asked again. */
const REFUSED_DELAY_MS = 2_000;
/** Until an address is tried again that leads to a replica with which there is a socket. */
const DUPLICATE_DELAY_MS = 10_000;
const REPORT_TIMEOUT_MS = 2_000;

/** What a node shows and trusts in TLS, as PEM. */
export interface NodeTls {
  /** Its own certificate, where replicas ask for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whom it trusts. Default: the authorities that Node.js knows. */
  readonly ca?: string | undefined;
}

export interface ControlLinkOptions {
  readonly to: ControlAddress;
  readonly hello: () => NodeGreeting;
  readonly tls?: NodeTls | undefined;
  readonly host: NodeHost;
  /** Replicas to which other sockets of this node lead. */
  readonly linkedTo: () => readonly ReplicaId[];
  /** The replica is there, and is to hear how the node does. */
  readonly onLinked: (link: ControlLink) => void;
  /** A replica has confirmed a report. */
  readonly onConfirmed: () => void;
  readonly logger: Logger;
}

/** What a node says on each of its sockets. */
export type NodeGreeting = Omit<NodeHello, 'linkedTo'>;

type LinkSocket = Socket<ReplicaMessages, NodeMessages>;

const refusal = z.looseObject({ code: z.string(), message: z.string(), replicaId: z.string() });

/** The socket to one address of a control replica. It is opened anew until it is closed. */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #logger: Logger;
  readonly #socket: LinkSocket;
  readonly #tell: TellReplica;
  #replicaId: ReplicaId | undefined;
  #lastFault = '';
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
    const { to, hello } = options;
    this.#logger = options.logger.child({ url: to.url, address: to.address });
    this.#socket = io(`${new URL(to.url).origin}${NODES_NAMESPACE}`, {
      path: NODES_PATH,
      transports: ['websocket'],
      forceNew: true,
      autoConnect: false,
      timeout: CONNECT_TIMEOUT_MS,
      reconnectionDelay: RECONNECT_DELAY_MS,
      reconnectionDelayMax: MAX_RECONNECT_DELAY_MS,
      // The types are those of browsers; where there is Node.js, this is its agent.
      agent: agentFor(to, options.tls) as unknown as boolean,
      auth: (give) => give({ ...hello(), linkedTo: options.linkedTo() } satisfies NodeHello),
    });
    this.#tell = (message) => {
      if (this.#socket.connected) this.#socket.emit('fact', message);
    };
    this.#listen();
  }

  /** The replica at the other end; undefined while there is none. */
  get replicaId(): ReplicaId | undefined {
    return this.#replicaId;
  }

  open(): void {
    this.#socket.connect();
  }

  /** Says how the node does, which keeps its lease. */
  report(report: NodeReport): void {
    const replicaId = this.#replicaId;
    if (replicaId === undefined || !this.#socket.connected) return;
    this.#socket.timeout(REPORT_TIMEOUT_MS).emit('report', report, (error, answer) => {
      // Late or never: a socket that is dead is found by its heartbeat.
      if (error !== null || this.#replicaId !== replicaId) return;
      this.#checked('an answer to a report', () => {
        const { received, isDrained } = read(reportAnswer, answer, 'answer');
        this.#options.host.confirm(replicaId, received);
        if (isDrained !== null) this.#options.host.setDrained(isDrained);
        this.#options.onConfirmed();
      });
    });
  }

  /** @param isGoodbye Whether the node ends, with all that the replica has on it. */
  close(isGoodbye: boolean): void {
    clearTimeout(this.#retry);
    if (isGoodbye && this.#socket.connected) this.#socket.emit('goodbye');
    this.#socket.disconnect();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('resume', (order, answer) => this.#resume(order, answer));
    socket.on('command', (message, answer) => this.#command(message, answer));
    socket.on('adopt', (message, answer) => {
      this.#checked('an adoption', () =>
        answer(this.#options.host.adopt(this.#replicaId ?? '', read(people, message, 'adoption'))),
      );
    });
    socket.on('disconnect', (reason) => {
      const replicaId = this.#replicaId;
      this.#replicaId = undefined;
      if (replicaId !== undefined) this.#options.host.away(replicaId, this.#tell);
      if (reason === 'io client disconnect') return;
      this.#logger.warn({ replicaId, reason }, 'a control replica is away');
      if (!socket.active) this.#openLater();
    });
    socket.on('connect_error', (error) => {
      const isDuplicate = this.#tellFault(error);
      if (!socket.active) this.#openLater(isDuplicate ? DUPLICATE_DELAY_MS : REFUSED_DELAY_MS);
    });
  }

  #openLater(delayMs = REFUSED_DELAY_MS): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), delayMs);
  }

  #resume(message: unknown, send: (answer: never) => void): void {
    this.#checked('the first word of a replica', () => {
      const order = read(resumeOrder, message, 'order');
      const { answer, tellPending } = this.#options.host.resume(order, this.#tell);
      this.#replicaId = order.replicaId;
      this.#lastFault = '';
      send(answer as never);
      tellPending();
      const { missing } = answer;
      this.#logger.info(
        { replicaId: order.replicaId, missing: missing.length },
        'a control replica is there',
      );
      this.#options.onLinked(this);
    });
  }

  #command(message: unknown, send: (answer: never) => void): void {
    const replicaId = this.#replicaId;
    const connection = this.#socket.id;
    if (replicaId === undefined) return;
    this.#checked('a command', () => {
      void this.#options.host
        .command(replicaId, read(commandMessage, message, 'command'))
        .then((answer) => {
          // On another connection the number of this acknowledgement means another command.
          if (this.#socket.id === connection) send(answer as never);
        });
    });
  }

  /** A replica that says what nobody understands is of another version, or worse: it is not listened to. */
  #checked(what: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#logger.error({ err: error, what }, 'a control replica was not understood');
      this.#socket.disconnect();
      this.#openLater();
    }
  }

  /**
   * Once for each kind: what goes on for an hour is one line.
   *
   * @returns whether there is a socket with this replica already.
   */
  #tellFault(error: Error & { data?: unknown; description?: unknown }): boolean {
    const refused = refusal.safeParse(error.data);
    const { code, message, replicaId } = refused.success
      ? refused.data
      : { code: 'unreachable', message: reasonOf(error), replicaId: undefined };
    const isDuplicate =
      code === 'conflict' &&
      replicaId !== undefined &&
      this.#options.linkedTo().includes(replicaId);
    if (!isDuplicate && `${code} ${message}` !== this.#lastFault) {
      this.#lastFault = `${code} ${message}`;
      this.#logger.error({ code, reason: message }, 'a control replica does not take this node');
    }
    return isDuplicate;
  }
}

/** Socket.IO hides what happened to a WebSocket one or two levels down. */
function reasonOf(error: Error & { description?: unknown }): string {
  const { description } = error;
  const underneath =
    typeof description === 'object' && description !== null && 'message' in description
      ? String(description.message)
      : '';
  return underneath === '' ? error.message : `${error.message}: ${underneath}`;
}

/** Leads to this address of a name; whose certificate it is shows the name. */
function agentFor({ url, address, family }: ControlAddress, tls: NodeTls = {}): HttpAgent {
  const lookup: LookupFunction = (_host, options, done) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family);
  if (!url.startsWith('https:')) return new HttpAgent({ lookup } as object);
  const given = Object.entries({ ...tls }).filter(([, value]) => value !== undefined);
  return new HttpsAgent({ lookup, ...Object.fromEntries(given) } as object);
}
