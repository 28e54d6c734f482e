import { randomUUID } from 'node:crypto';
import { AppError } from '../kernel/app-error.ts';
import type { Logger } from '../kernel/logger.ts';
import { Inbox } from './inbox.ts';
import {
  COMMAND_TIMEOUT_MS,
  type CommandAnswer,
  type CommandMessage,
  LEASE_MS,
  type NodeCommand,
  type NodeReport,
  type PersonInRoom,
  type ReplicaId,
  type ResumeOrder,
} from './wire.ts';
import {
  adoptAnswer,
  commandAnswer,
  nodeReport,
  read,
  readFact,
  resumeAnswer,
  type ToldFact,
} from './wire-schemas.ts';

/** How a node is reached: `away` means that a socket may yet come; what was lost never comes back. */
export type NodeState = 'connected' | 'away' | 'lost';

/** The socket of a node, as far as it matters here. */
export interface NodeSocket {
  resume(order: ResumeOrder, answered: (answer: unknown) => void): void;
  command(message: CommandMessage, answered: (answer: unknown) => void): void;
  adopt(people: readonly PersonInRoom[], answered: (answer: unknown) => void): void;
  close(): void;
}

export interface NodeConnectionOptions {
  readonly replicaId: ReplicaId;
  /** Whom this replica holds of the node. */
  readonly heldPeople: () => readonly string[];
  readonly onFact: (fact: ToldFact) => void;
  /** The node is there, or there again. @param missing Whom it does not have any more. */
  readonly onResumed: (missing: readonly string[]) => void;
  readonly onReport: (report: NodeReport) => void;
  /** For ever. Comes once. */
  readonly onLost: (why: string) => void;
  /** Milliseconds without a word after which the node is lost. Default {@link LEASE_MS}. */
  readonly leaseMs?: number | undefined;
  /** Milliseconds. Default {@link COMMAND_TIMEOUT_MS}. */
  readonly commandTimeoutMs?: number | undefined;
  readonly logger: Logger;
}

interface PendingCommand {
  readonly message: Pick<CommandMessage, 'id' | 'command' | 'args'>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: NodeJS.Timeout;
}

/**
 * The conversation with one boot of a node, over one socket after the other. A command that
 * was not answered when a socket closed is sent again over the next, and the node does it once.
 */
export class NodeConnection {
  readonly #options: NodeConnectionOptions;
  readonly #id = randomUUID();
  readonly #pending = new Map<number, PendingCommand>();
  #lease: NodeJS.Timeout | undefined;
  readonly #inbox = new Inbox();
  #socket: NodeSocket | undefined;
  #state: NodeState = 'away';
  #lastId = 0;
  #received = 0;
  #heardAt = performance.now();

  constructor(options: NodeConnectionOptions) {
    this.#options = options;
    this.#watchLease();
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Whether there is a socket, be it one that was not answered on yet. */
  get hasSocket(): boolean {
    return this.#socket !== undefined;
  }

  /** Goes on over a new socket. */
  attach(socket: NodeSocket): void {
    this.#socket = socket;
    this.#heardAt = performance.now();
    const order: ResumeOrder = {
      replicaId: this.#options.replicaId,
      conversationId: this.#id,
      participantIds: this.#options.heldPeople(),
      received: this.#received,
    };
    socket.resume(order, (answer) => {
      this.#inbox.answer(() => this.#resumed(socket, answer));
    });
  }

  /** The socket closed. Of another one since, nothing changes. */
  detach(socket: NodeSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#state === 'connected') this.#state = 'away';
  }

  /** Something came, whatever it is. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** Takes a fact from the socket. */
  takeFact(socket: NodeSocket, message: unknown): void {
    const told = readFact(message);
    this.#inbox.fact(() => {
      // Over the next socket it comes again.
      if (this.#socket !== socket) return;
      this.#received = told.number;
      this.#options.onFact(told);
    });
  }

  /**
   * Takes a report from the socket.
   *
   * @returns the number of the last fact that arrived.
   */
  takeReport(socket: NodeSocket, message: unknown): number {
    const report = read(nodeReport, message, 'report');
    if (this.#socket === socket && this.#state === 'connected') this.#options.onReport(report);
    return this.#received;
  }

  /**
   * Has the node do something. While it is away the command waits.
   *
   * @throws AppError what the node answers; `media_unavailable` once the node is lost;
   * `timeout`. Then the node may have done it all the same.
   */
  ask(command: NodeCommand, args: readonly unknown[]): Promise<unknown> {
    if (this.#state === 'lost') return Promise.reject(nodeIsLost());
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timeoutMs = this.#options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
    const deadline = setTimeout(() => {
      this.#pending.delete(id);
      reject(new AppError('timeout', `The media node did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const pending = { message: { id, command, args }, resolve, reject, deadline };
    this.#pending.set(id, pending);
    if (this.#state === 'connected') this.#send(pending);
    return promise;
  }

  /** Takes over people whose replica is gone. @returns who is there. */
  async adopt(people: readonly PersonInRoom[]): Promise<readonly string[]> {
    const socket = this.#socket;
    if (socket === undefined || this.#state !== 'connected') throw nodeIsLost();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timeoutMs = this.#options.leaseMs ?? LEASE_MS;
    const deadline = setTimeout(
      () => reject(new AppError('timeout', 'The media node did not answer')),
      timeoutMs,
    );
    socket.adopt(people, (answer) => this.#inbox.answer(() => resolve(answer)));
    try {
      return read(adoptAnswer, await promise, 'answer').adopted;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Ends it for good. What waits fails with `media_unavailable`. Idempotent. */
  lose(why: string): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    clearTimeout(this.#lease);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    for (const { reject, deadline } of this.#pending.values()) {
      clearTimeout(deadline);
      reject(nodeIsLost());
    }
    this.#pending.clear();
    this.#options.onLost(why);
  }

  #watchLease(): void {
    this.#lease = setTimeout(() => {
      // What waits in a socket counts: this process may have been the one that stood still.
      setImmediate(() => {
        if (this.#state === 'lost') return;
        if (this.#restMs() > 0) this.#watchLease();
        else this.lose('not a word within its lease');
      });
    }, this.#restMs());
  }

  /** Of the lease. */
  #restMs(): number {
    return (this.#options.leaseMs ?? LEASE_MS) - (performance.now() - this.#heardAt);
  }

  #resumed(socket: NodeSocket, message: unknown): void {
    if (this.#socket !== socket || this.#state === 'lost') return;
    const answer = this.#understand(() => read(resumeAnswer, message, 'answer'));
    if (answer === undefined) return;
    // A node that has forgotten this replica counts anew.
    this.#received = answer.told;
    this.#state = 'connected';
    this.#options.onResumed(answer.missing);
    for (const pending of this.#pending.values()) this.#send(pending);
  }

  #send({ message }: PendingCommand): void {
    const socket = this.#socket;
    const [firstPending] = this.#pending.keys();
    const settled = (firstPending ?? message.id) - 1;
    socket?.command({ ...message, settled }, (answer) => {
      this.#inbox.answer(() => {
        // Over the next socket the command is sent again, and answered again.
        if (this.#socket === socket) this.#settle(answer);
      });
    });
  }

  #settle(message: unknown): void {
    const answer: CommandAnswer | undefined = this.#understand(() =>
      read(commandAnswer, message, 'answer'),
    );
    if (answer === undefined) return;
    const pending = this.#pending.get(answer.id);
    if (pending === undefined) return;
    this.#pending.delete(answer.id);
    clearTimeout(pending.deadline);
    if ('error' in answer) {
      const { code, message: words, retryAfterMs, details } = answer.error;
      pending.reject(
        new AppError(code, words, {
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          ...(details === undefined ? {} : { details }),
        }),
      );
    } else {
      // JSON has no undefined, and no command answers null.
      pending.resolve(answer.result ?? undefined);
    }
  }

  /** A node that says what nobody understands gets no more from this replica. */
  #understand<T>(readIt: () => T): T | undefined {
    try {
      return readIt();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a media node was not understood');
      this.lose('it was not understood');
      return undefined;
    }
  }
}

function nodeIsLost(): AppError {
  return new AppError('media_unavailable', 'The media node is gone');
}
