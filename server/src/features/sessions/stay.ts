import type {
  DtlsParameters,
  Grants,
  ParticipantId,
  ParticipantRole,
  RoomId,
  TrackId,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import type { Connection } from './connection.ts';

const TASK_TIMEOUT_MS = 10_000;

/** Null for a direction that the participant may not use. */
export interface Transports {
  readonly send: TransportInfo | null;
  readonly receive: TransportInfo | null;
}

/** What a stay begins with. */
export interface StayParts
  extends Pick<Stay, 'participantId' | 'connection' | 'joinedAt' | 'transports' | 'ticket'> {
  /** Default false. */
  readonly canMove?: boolean;
}

/** What begins with `joined` and ends with the socket: one participant of a room. */
export class Stay {
  readonly participantId: ParticipantId;
  readonly connection: Connection;
  readonly joinedAt: Date;
  #transports: Transports;
  readonly #answers = new Map<TransportId, DtlsParameters>();
  /** What the client calls the tracks that it publishes. */
  readonly clientTrackIds = new Map<TrackId, string>();
  /** The latest ids that the client chose for what is done once, by kind. */
  readonly told = new Map<string, string[]>();
  /** Rooms in which they are shown besides, and as whom. */
  readonly shownIn = new Map<RoomId, ParticipantId>();
  /** Tracks that they were told of and are not to receive. */
  readonly withheld = new Set<TrackId>();
  /** Whether the client follows when its media moves. */
  readonly canMove: boolean;
  #ticket: RoomTicket;
  readonly #queue = new SerialQueue();
  #isOver = false;
  #isElsewhere = false;

  constructor({
    participantId,
    ticket,
    connection,
    joinedAt,
    transports,
    canMove = false,
  }: StayParts) {
    this.participantId = participantId;
    this.#ticket = ticket;
    this.connection = connection;
    this.joinedAt = joinedAt;
    this.#transports = transports;
    this.canMove = canMove;
  }

  /** What the participant may do now. */
  get ticket(): RoomTicket {
    return this.#ticket;
  }

  /** Makes the participant somebody else in the room. Who they are stays. */
  setRole(role: ParticipantRole, grants: Grants): void {
    this.#ticket = { ...this.#ticket, role, grants };
  }

  /** Changes what the others see of the participant, or what they may do at most. */
  update(update: Partial<Pick<RoomTicket, 'name' | 'metadata' | 'attributes' | 'limits'>>): void {
    this.#ticket = { ...this.#ticket, ...update };
  }

  /** What the SFU offered the client to travel on. */
  get transports(): Transports {
    return this.#transports;
  }

  /** The SFU offers another transport, in a direction that had none. */
  offered(direction: keyof Transports, transport: TransportInfo): void {
    this.#transports = { ...this.#transports, [direction]: transport };
  }

  /** What the client answered, by transport. */
  get answers(): ReadonlyMap<TransportId, DtlsParameters> {
    return this.#answers;
  }

  /** The client has connected a transport. */
  answered(transportId: TransportId, dtlsParameters: DtlsParameters): void {
    this.#answers.set(transportId, dtlsParameters);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether another process goes on with it. Then it is over here. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** Another process goes on with it: here nothing of it is done any more. */
  handOn(): void {
    this.#isOver = true;
    this.#isElsewhere = true;
  }

  /**
   * Runs what touches the participant's media, one task after the other.
   *
   * @throws AppError `conflict` when the stay was over before the task's turn,
   * `timeout` when the task takes longer than 10 s.
   */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => {
      if (this.#isOver) {
        throw new AppError('conflict', 'The stay is over');
      }
      return withDeadline(task(), TASK_TIMEOUT_MS, 'the media plane');
    });
  }

  /** Settles when what has been asked for by now is done, or was refused. */
  async settled(): Promise<void> {
    await this.#queue.run(() => undefined);
  }

  /**
   * Ends the stay: tasks that wait fail.
   *
   * @param cleanUp Runs after the task under way.
   */
  finish(cleanUp: () => Promise<void>): Promise<void> {
    this.#isOver = true;
    return this.#queue.run(() => withDeadline(cleanUp(), TASK_TIMEOUT_MS, 'the media plane'));
  }
}
