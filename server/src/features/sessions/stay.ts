import type { Grants, ParticipantId, ParticipantRole } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import type { Connection } from './connection.ts';

const TASK_TIMEOUT_MS = 10_000;

/** What begins with `joined` and ends with the socket: one participant of a room. */
export class Stay {
  readonly participantId: ParticipantId;
  readonly connection: Connection;
  readonly joinedAt: Date;
  #ticket: RoomTicket;
  readonly #queue = new SerialQueue();
  #isOver = false;

  constructor(
    participantId: ParticipantId,
    ticket: RoomTicket,
    connection: Connection,
    joinedAt: Date,
  ) {
    this.participantId = participantId;
    this.#ticket = ticket;
    this.connection = connection;
    this.joinedAt = joinedAt;
  }

  /** What the participant may do now. */
  get ticket(): RoomTicket {
    return this.#ticket;
  }

  /** Makes the participant somebody else in the room. Who they are stays. */
  setRole(role: ParticipantRole, grants: Grants): void {
    this.#ticket = { ...this.#ticket, role, grants };
  }

  get isOver(): boolean {
    return this.#isOver;
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
