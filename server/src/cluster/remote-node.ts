import type { ParticipantId, RoomId, RtpCapabilities } from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import { Emitter } from '../kernel/emitter.ts';
import type { Logger } from '../kernel/logger.ts';
import type { JoinedMedia, JoinMediaParams, WorkerLoad } from '../media/media-plane.ts';
import { NodeConnection, type NodeState } from './node-connection.ts';
import type { SharedPeople } from './shared-people.ts';
import {
  NODE_COMMANDS,
  type NodeCommand,
  type NodeFacts,
  type NodeInfo,
  type NodeMedia,
  type NodeReport,
  type ReplicaId,
} from './wire.ts';
import type { ToldFact } from './wire-schemas.ts';

export interface RemoteNodeOptions {
  readonly info: NodeInfo;
  readonly replicaId: ReplicaId;
  /** Of every node: see `fingerprintOf`. */
  readonly routerCapabilities: RtpCapabilities;
  readonly onResumed: () => void;
  readonly onReport: () => void;
  /** Comes once, after `mediaLost` of everybody. */
  readonly onLost: () => void;
  readonly leaseMs?: number | undefined;
  readonly commandTimeoutMs?: number | undefined;
  readonly logger: Logger;
}

/**
 * One boot of a media node, as a control replica sees it, with the people of this replica.
 *
 * While the node is away commands wait. When it does not come back within its lease it is
 * lost: `mediaLost` is told for each room, and every command fails with `media_unavailable`.
 * A command fails with `timeout` after 12 s.
 */
export interface RemoteNode extends NodeMedia, SharedPeople {
  readonly info: NodeInfo;
  readonly state: NodeState;
  /** The latest; undefined before the first. */
  readonly report: NodeReport | undefined;
  /** Whether an administrator has drained it: the node is told. Undefined before that is known. */
  isDrained: boolean | undefined;
  /** Of this replica. */
  readonly peopleCount: number;
  /** Has everybody of this replica leave the node, as far as it can be reached within a second. Idempotent. */
  close(): Promise<void>;
}

/** A person from the moment on in which the node is asked to take them. */
interface Person {
  readonly roomId: RoomId;
  hasJoined: boolean;
}

/** Longest wait for the node when this replica closes. */
const CLOSE_TIMEOUT_MS = 1_000;

/** @returns the node, which is `away`, and the conversation with it, to be given sockets. */
export function createRemoteNode(options: RemoteNodeOptions): {
  readonly node: RemoteNode;
  readonly connection: NodeConnection;
} {
  const { info, replicaId, logger } = options;
  const people = new Map<ParticipantId, Person>();
  const events = new Emitter<NodeFacts>((error, event) =>
    logger.error({ err: error, event }, 'listener of a media node failed'),
  );
  let report: NodeReport | undefined;

  const connection = new NodeConnection({
    replicaId,
    heldPeople: () => [...people.keys()],
    onFact: (told) => tell(told),
    onResumed(missing) {
      // Who is being let in is missing there only until the command comes again.
      loseMedia(missing.filter((one) => people.get(one)?.hasJoined === true));
      options.onResumed();
    },
    onReport(latest) {
      report = latest;
      options.onReport();
    },
    onLost(why) {
      logger.warn({ nodeId: info.nodeId, people: people.size, why }, 'a media node is lost');
      loseMedia([...people.keys()]);
      options.onLost();
      events.removeAll();
    },
    leaseMs: options.leaseMs,
    commandTimeoutMs: options.commandTimeoutMs,
    logger,
  });

  function tell(told: ToldFact): void {
    if (told.name === 'mediaLost') loseMedia(told.fact.participantIds);
    else if (!('participantId' in told.fact) || people.has(told.fact.participantId)) {
      // A union of names with their facts, which the emitter takes one by one.
      events.emit(told.name, told.fact as NodeFacts[typeof told.name]);
    }
  }

  /** Tells of those who are still held here. */
  function loseMedia(participantIds: readonly ParticipantId[]): void {
    const byRoom = new Map<RoomId, ParticipantId[]>();
    for (const participantId of participantIds) {
      const roomId = people.get(participantId)?.roomId;
      if (roomId === undefined) continue;
      people.delete(participantId);
      byRoom.set(roomId, [...(byRoom.get(roomId) ?? []), participantId]);
    }
    for (const [roomId, lost] of byRoom) {
      events.emit('mediaLost', { roomId, participantIds: lost });
    }
  }

  const ask = (command: NodeCommand, ...args: readonly unknown[]) => connection.ask(command, args);

  const join = async (params: JoinMediaParams): Promise<JoinedMedia> => {
    const { participantId, roomId } = params;
    if (people.has(participantId)) {
      throw new AppError('conflict', 'This participant has media already');
    }
    const person: Person = { roomId, hasJoined: false };
    people.set(participantId, person);
    try {
      const joined = (await ask('join', params)) as JoinedMedia;
      if (people.get(participantId) !== person) {
        throw new AppError('media_unavailable', 'This participant has left meanwhile');
      }
      person.hasJoined = true;
      return joined;
    } catch (error) {
      if (people.get(participantId) === person) people.delete(participantId);
      // Nobody knows whether the node has let them in.
      if (isTimeout(error)) forget(participantId);
      throw error;
    }
  };

  const forget = (participantId: ParticipantId): void => {
    ask('leave', participantId).catch((error: unknown) => {
      logger.warn({ err: error, participantId }, 'somebody may be left on a media node');
    });
  };

  const leave = async (participantId: ParticipantId): Promise<void> => {
    people.delete(participantId);
    // A node that comes back hears that they are gone, and one that is lost has nobody.
    if (connection.state === 'connected') await ask('leave', participantId);
  };

  const close = async (): Promise<void> => {
    const leaving = [...people.keys()].map((participantId) => leave(participantId));
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([Promise.allSettled(leaving), expired]);
    clearTimeout(timer);
    connection.lose('this replica closes');
  };

  const getLoad = async (): Promise<readonly WorkerLoad[]> =>
    connection.state === 'lost' ? [] : ((await ask('getLoad')) as readonly WorkerLoad[]);

  let closing: Promise<void> | undefined;
  const node: RemoteNode = {
    ...commandsOver(ask),
    events,
    info,
    isDrained: undefined,
    get state() {
      return connection.state;
    },
    get report() {
      return report;
    },
    get peopleCount() {
      return people.size;
    },
    getRouterCapabilities: () => options.routerCapabilities,
    join,
    leave,
    getLoad,
    async adopt(wanted) {
      // What is told of them comes right after the answer.
      for (const { participantId, roomId } of wanted) {
        people.set(participantId, { roomId, hasJoined: false });
      }
      let adopted: readonly ParticipantId[] = [];
      try {
        adopted = await connection.adopt(wanted);
      } catch (error) {
        // Nobody knows whether the node has given them to this replica.
        if (isTimeout(error)) for (const { participantId } of wanted) forget(participantId);
        throw error;
      } finally {
        for (const { participantId, roomId } of wanted) {
          if (adopted.includes(participantId))
            people.set(participantId, { roomId, hasJoined: true });
          else people.delete(participantId);
        }
      }
      return adopted;
    },
    handOn(participantId) {
      people.delete(participantId);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
  return { node, connection };
}

function isTimeout(error: unknown): boolean {
  return error instanceof AppError && error.code === 'timeout';
}

/** A method for each command; what it takes and answers stands in {@link NodeMedia}. */
function commandsOver(
  ask: (command: NodeCommand, ...args: readonly unknown[]) => Promise<unknown>,
): Pick<NodeMedia, NodeCommand> {
  const commands = Object.keys(NODE_COMMANDS) as NodeCommand[];
  return Object.fromEntries(
    commands.map((command) => [command, (...args: readonly unknown[]) => ask(command, ...args)]),
  ) as unknown as Pick<NodeMedia, NodeCommand>;
}
