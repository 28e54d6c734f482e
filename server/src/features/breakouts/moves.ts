import type { RoomId, ServerMessage } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import type { IssuedToken } from '../../kernel/token.ts';
import type { RoomNews } from '../rooms/room-news.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Seats } from '../sessions/seats.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/** Why somebody goes on in another room. */
export type MoveReason = ServerMessage<'moved'>['reason'];

/** Told to every process: these people go from these rooms to another one. */
export type MoveNews = Extract<RoomNews, { readonly type: 'moved' }>;

export interface MovesOptions {
  readonly sessions: Pick<Sessions, 'findRoom' | 'closeRoom' | 'end'>;
  readonly rooms: Pick<Rooms, 'get'>;
  /** The project of a room; null for one of this server's own. */
  readonly findProject: (roomId: RoomId) => Promise<string | null>;
  readonly findAbsent: Seats['findAbsent'];
  readonly issueRoomToken: (ticket: RoomTicket) => Promise<IssuedToken>;
  /** Tells every process, this one too. */
  readonly announce: (news: MoveNews) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends people on to another room: with a token for it they leave the one that they are in. */
export class Moves {
  readonly #options: MovesOptions;

  constructor(options: MovesOptions) {
    this.#options = options;
  }

  /**
   * Moves somebody, in whatever process they are. Who may say so is the caller's matter.
   *
   * @throws AppError `room_not_found` for a room that there is not, or of another project;
   * `room_ended`; `not_found` for who is not in the room.
   */
  async moveParticipant(
    roomId: RoomId,
    userId: UserId,
    toRoomId: RoomId,
    reason: MoveReason,
  ): Promise<void> {
    await this.assertWithinReach(roomId, userId, toRoomId);
    this.announce({ roomId, from: [roomId], userIds: [userId], toRoomId, reason });
  }

  /** @throws AppError as `moveParticipant`. */
  async assertWithinReach(roomId: RoomId, userId: UserId, toRoomId: RoomId): Promise<void> {
    const { rooms, findProject, findAbsent } = this.#options;
    const { status } = await rooms.get(toRoomId);
    const [from, to] = await Promise.all([findProject(roomId), findProject(toRoomId)]);
    if (from !== to) {
      throw new AppError('room_not_found');
    }
    if (status !== 'active') {
      throw new AppError('room_ended');
    }
    if (roomId === toRoomId || (await findAbsent(roomId, [userId])).length > 0) {
      throw new AppError('not_found', 'They are not in the room');
    }
  }

  /** Moves people without a look at where they are. */
  announce(move: Omit<MoveNews, 'type' | 'closes'> & Partial<Pick<MoveNews, 'closes'>>): void {
    this.#options.announce({ type: 'moved', closes: false, ...move });
  }

  /** Moves those of the people who are in this process. Never rejects. */
  async hear({ from, userIds, toRoomId, reason, closes }: MoveNews): Promise<void> {
    const { sessions } = this.#options;
    const wanted = userIds === null ? null : new Set(userIds);
    const stays = from
      .filter((roomId) => roomId !== toRoomId)
      .flatMap((roomId) => sessions.findRoom(roomId)?.stays() ?? [])
      .filter(({ ticket: { userId } }) => wanted?.has(userId) ?? true);
    await Promise.all(stays.map((stay) => this.moveStay(stay, toRoomId, reason)));
    if (closes) {
      for (const roomId of from) {
        sessions.closeRoom(roomId);
      }
    }
  }

  /** Moves somebody who is in this process. Never rejects: where it fails they stay. */
  async moveStay(stay: Stay, toRoomId: RoomId, reason: MoveReason): Promise<void> {
    const { sessions, rooms, issueRoomToken, clock, logger } = this.#options;
    const { participantId } = stay;
    try {
      const { id, name, hostId } = await rooms.get(toRoomId);
      const { role, userId } = stay.ticket;
      const { token } = await issueRoomToken({
        ...stay.ticket,
        roomId: id,
        // A room has one host.
        role: role === 'host' && userId !== hostId ? 'moderator' : role,
        issuedAt: clock(),
        isExpected: true,
      });
      if (!stay.isOver) {
        stay.connection.send('moved', { token, room: { id, name }, reason });
        sessions.end(stay, 'moved');
      }
    } catch (error) {
      logger.warn({ err: error, participantId, toRoomId }, 'a participant was not moved');
    }
  }
}
