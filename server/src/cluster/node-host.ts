import { randomUUID } from 'node:crypto';
import type { ParticipantId } from '@balai/protocol';
import { z } from 'zod';
import { AppError, internalFault } from '../kernel/app-error.ts';
import type { Logger } from '../kernel/logger.ts';
import { CommandLog } from './command-log.ts';
import { Outbox } from './outbox.ts';
import { Ownership } from './ownership.ts';
import { RoomKeepers } from './room-keepers.ts';
import {
  type AdoptAnswer,
  type CommandAnswer,
  type CommandMessage,
  type FactMessage,
  type NodeFact,
  type NodeFacts,
  type NodeMedia,
  type NodeReport,
  type PersonInRoom,
  type ReplicaId,
  type ResumeAnswer,
  type ResumeOrder,
  STATE_KEPT_MS,
} from './wire.ts';
import { FACTS, read } from './wire-schemas.ts';

export interface NodeHostOptions {
  readonly media: NodeMedia;
  /** Milliseconds for which people of a replica that is away are kept. Default {@link STATE_KEPT_MS}. */
  readonly keptMs?: number;
  /** Facts that are kept for one replica. */
  readonly outboxLimit?: number;
  readonly logger: Logger;
}

/** Sends a fact to a replica. */
export type TellReplica = (message: FactMessage) => void;

/** What the node keeps of one replica. */
interface Replica {
  readonly replicaId: ReplicaId;
  readonly conversationId: string;
  readonly outbox: Outbox;
  readonly commands: CommandLog;
  /** Undefined while the replica is away. */
  tell: TellReplica | undefined;
  forgetting: NodeJS.Timeout | undefined;
}

const joinParams = z.looseObject({ participantId: z.string(), roomId: z.string() });

/**
 * The media of this machine, for any number of control replicas: does what they command, and
 * tells each of them about its own people and their rooms. Knows no sockets.
 *
 * Somebody belongs to the replica that had them join, or that took them over since. The people of a replica that is away
 * stay for some seconds, with all that is to be told of them; then they go.
 */
export class NodeHost {
  readonly #options: NodeHostOptions;
  readonly #replicas = new Map<ReplicaId, Replica>();
  readonly #people = new Ownership<Replica>();
  readonly #keepers = new RoomKeepers<Replica>();
  readonly #unsubscribe: readonly (() => void)[];
  #isEnding = false;
  #isDrained = false;
  #workerCount = 0;

  constructor(options: NodeHostOptions) {
    this.#options = options;
    const { events } = options.media;
    this.#unsubscribe = (Object.keys(FACTS) as NodeFact[]).map((name) =>
      events.on(name, (fact) => this.#tell(name, fact)),
    );
  }

  /** How many people are on this node. */
  get peopleCount(): number {
    return this.#people.size;
  }

  /** Workers that were alive at the last report. */
  get workerCount(): number {
    return this.#workerCount;
  }

  /** Whether those who are here are to go elsewhere. */
  get isDraining(): boolean {
    return this.#isEnding || this.#isDrained;
  }

  /** Whether an administrator wants it so. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Says in each report from now on that nobody is wanted here. */
  drain(): void {
    this.#isEnding = true;
  }

  /** An administrator has drained the node, or taken that back. */
  setDrained(isDrained: boolean): void {
    if (this.#isDrained === isDrained) return;
    this.#isDrained = isDrained;
    this.#options.logger.info({ isDrained }, 'an administrator said whether people may come here');
  }

  /**
   * A replica is there, or there again, and says what it holds.
   *
   * @param tell Sends it facts from now on.
   * @returns the answer, and what tells the facts that the replica has not heard yet: to be
   * called at once after the answer was sent.
   */
  resume(order: ResumeOrder, tell: TellReplica): { answer: ResumeAnswer; tellPending: () => void } {
    const replica = this.#findConversation(order) ?? this.#create(order);
    clearTimeout(replica.forgetting);
    replica.outbox.confirm(order.received);
    const held = new Set(order.participantIds);
    const gone = this.#people.peopleOf(replica).filter((one) => !held.has(one));
    this.#end(replica, gone, 'the replica holds them no longer');
    replica.tell = tell;
    return {
      answer: {
        missing: order.participantIds.filter((one) => this.#people.ownerOf(one) !== replica),
        told: replica.outbox.told,
      },
      tellPending() {
        for (const message of replica.outbox.pending()) tell(message);
      },
    };
  }

  /**
   * The socket of a replica is closed.
   *
   * @param tell Of that socket: of another one since, nothing changes.
   */
  away(replicaId: ReplicaId, tell: TellReplica): void {
    const replica = this.#replicas.get(replicaId);
    if (replica === undefined || replica.tell !== tell) return;
    replica.tell = undefined;
    replica.forgetting = setTimeout(
      () => this.#forget(replica, 'their replica did not come back'),
      this.#options.keptMs ?? STATE_KEPT_MS,
    );
  }

  /** Does what a replica commands, once. Never rejects. */
  command(replicaId: ReplicaId, message: CommandMessage): Promise<CommandAnswer> {
    const replica = this.#replicas.get(replicaId);
    if (replica === undefined) {
      return Promise.resolve({ id: message.id, error: new AppError('media_unavailable').toWire() });
    }
    replica.commands.settle(message.settled);
    return replica.commands.once(message.id, () => this.#answer(replica, message));
  }

  /** Gives people of another replica, which may be gone, to this one. */
  adopt(replicaId: ReplicaId, people: readonly PersonInRoom[]): AdoptAnswer {
    const replica = this.#replicas.get(replicaId);
    if (replica === undefined) return { adopted: [] };
    const present = people.filter(
      ({ participantId }) => this.#people.ownerOf(participantId) !== undefined,
    );
    for (const { participantId, roomId } of present) {
      const former = this.#people.ownerOf(participantId);
      this.#people.give(participantId, roomId, replica);
      if (former === undefined || former === replica) continue;
      // What the former one did not hear of them any more.
      for (const { name, fact } of former.outbox.pendingOf(participantId)) {
        this.#put(replica, name, fact);
      }
    }
    return { adopted: present.map(({ participantId }) => participantId) };
  }

  /** A replica has heard all facts up to a number. */
  confirm(replicaId: ReplicaId, number: number): void {
    this.#replicas.get(replicaId)?.outbox.confirm(number);
  }

  async report(): Promise<NodeReport> {
    const load = await this.#options.media.getLoad();
    this.#workerCount = load.length;
    return { load, isDraining: this.isDraining, isDrained: this.#isDrained };
  }

  /** Lets go of everybody. The media plane stays open: it is the caller's. Idempotent. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const replica of [...this.#replicas.values()]) {
      replica.tell = undefined;
      clearTimeout(replica.forgetting);
      this.#forget(replica, 'the node ends');
    }
  }

  /** A replica that begins anew took this node for lost: whom it had here is elsewhere. */
  #findConversation({ replicaId, conversationId }: ResumeOrder): Replica | undefined {
    const known = this.#replicas.get(replicaId);
    if (known === undefined || known.conversationId === conversationId) return known;
    clearTimeout(known.forgetting);
    this.#forget(known, 'their replica took this node for lost');
    return undefined;
  }

  #create({ replicaId, conversationId }: ResumeOrder): Replica {
    const replica: Replica = {
      replicaId,
      conversationId,
      outbox: new Outbox(this.#options.outboxLimit),
      commands: new CommandLog(),
      tell: undefined,
      forgetting: undefined,
    };
    this.#replicas.set(replicaId, replica);
    return replica;
  }

  async #answer(replica: Replica, message: CommandMessage): Promise<CommandAnswer> {
    const { id, command } = message;
    try {
      return { id, result: await this.#execute(replica, message) };
    } catch (error) {
      if (error instanceof AppError) return { id, error: error.toWire() };
      const faultId = randomUUID();
      this.#options.logger.error({ err: error, command, faultId }, 'a command failed');
      return { id, error: internalFault(faultId, error).toWire() };
    }
  }

  async #execute(replica: Replica, { command, args }: CommandMessage): Promise<unknown> {
    switch (command) {
      case 'join':
        return await this.#join(replica, args);
      case 'leave':
        return await this.#leave(replica, String(args[0]));
      default:
        return await this.#call(replica, command, args);
    }
  }

  /** What concerns nobody in particular; rooms are kept for as long as any replica keeps them. */
  async #call(replica: Replica, command: string, args: readonly unknown[]): Promise<unknown> {
    const roomId = String(args[0]);
    if (command === 'keepRoom') this.#keepers.keep(roomId, replica);
    if (command === 'releaseRoom' && !this.#keepers.release(roomId, replica)) return undefined;
    // The table of commands is made from the type of the plane; the replica is of one version with us.
    const methods = this.#options.media as unknown as Record<
      string,
      (...args: readonly unknown[]) => Promise<unknown>
    >;
    return await methods[command]?.(...args);
  }

  async #join(replica: Replica, args: readonly unknown[]): Promise<unknown> {
    const { media } = this.#options;
    const { participantId, roomId } = read(joinParams, args[0], 'join');
    if (this.#people.ownerOf(participantId) !== undefined) {
      throw new AppError('conflict', 'This participant has media already');
    }
    this.#people.give(participantId, roomId, replica);
    try {
      const joined = await media.join(args[0] as Parameters<NodeMedia['join']>[0]);
      if (this.#people.ownerOf(participantId) === undefined) {
        throw new AppError('media_unavailable', 'This participant has left meanwhile');
      }
      return joined;
    } catch (error) {
      if (this.#people.ownerOf(participantId) === replica) this.#people.remove(participantId);
      throw error;
    }
  }

  async #leave(replica: Replica, participantId: ParticipantId): Promise<void> {
    const owner = this.#people.ownerOf(participantId);
    // Who was taken over stays, whatever becomes of the replica that had them.
    if (owner !== undefined && owner !== replica) return;
    this.#people.remove(participantId);
    await this.#options.media.leave(participantId);
  }

  #tell<Fact extends NodeFact>(name: Fact, fact: NodeFacts[Fact]): void {
    if ('participantIds' in fact) {
      this.#tellOfLoss(fact);
    } else if ('participantId' in fact) {
      const replica = this.#people.ownerOf(fact.participantId);
      if (replica !== undefined) this.#put(replica, name, fact);
    } else {
      const { roomId } = fact;
      const replicas = [...this.#people.ownersIn(roomId), ...this.#keepers.keepersOf(roomId)];
      for (const replica of new Set(replicas)) this.#put(replica, name, fact);
    }
  }

  /** To each replica, of its own people. They belong to nobody any more. */
  #tellOfLoss({ roomId, participantIds }: NodeFacts['mediaLost']): void {
    const parts = new Map<Replica, ParticipantId[]>();
    for (const participantId of participantIds) {
      const replica = this.#people.ownerOf(participantId);
      if (replica === undefined) continue;
      this.#people.remove(participantId);
      parts.set(replica, [...(parts.get(replica) ?? []), participantId]);
    }
    for (const [replica, lost] of parts) {
      this.#put(replica, 'mediaLost', { roomId, participantIds: lost });
    }
  }

  #put<Fact extends NodeFact>(replica: Replica, name: Fact, fact: NodeFacts[Fact]): void {
    const message = replica.outbox.put(name, fact);
    if (replica.outbox.isOverfull) this.#giveUp(replica);
    else replica.tell?.(message);
  }

  /** What is not told cannot be made up for but by a new beginning. */
  #giveUp(replica: Replica): void {
    const lost = Map.groupBy(
      this.#people.peopleOf(replica),
      (participantId) => this.#people.roomOf(participantId) ?? '',
    );
    replica.outbox.clear();
    this.#end(replica, [...lost.values()].flat(), 'too much was to be told of them');
    for (const [roomId, participantIds] of lost) {
      replica.tell?.(replica.outbox.put('mediaLost', { roomId, participantIds }));
    }
  }

  #forget(replica: Replica, why: string): void {
    this.#replicas.delete(replica.replicaId);
    this.#end(replica, this.#people.peopleOf(replica), why);
    for (const roomId of this.#keepers.roomsOf(replica)) {
      this.#call(replica, 'releaseRoom', [roomId]).catch((error: unknown) => {
        this.#options.logger.error({ err: error, roomId }, 'a room could not be released');
      });
    }
  }

  #end(replica: Replica, participantIds: readonly ParticipantId[], why: string): void {
    if (participantIds.length === 0) return;
    const { media, logger } = this.#options;
    const { replicaId } = replica;
    logger.warn({ replicaId, people: participantIds.length, why }, 'people were let go');
    for (const participantId of participantIds) {
      this.#people.remove(participantId);
      media.leave(participantId).catch((error: unknown) => {
        logger.error({ err: error, participantId }, 'somebody could not be let go');
      });
    }
  }
}
