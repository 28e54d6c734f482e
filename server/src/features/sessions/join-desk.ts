import { randomUUID } from 'node:crypto';
import type {
  Identity,
  ParticipantId,
  ParticipantInfo,
  Resumed,
  Room,
  RoomId,
  RoomInfo,
  RtpCapabilities,
  TrackId,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { JoinedMedia, MediaPlane } from '../../media/media-plane.ts';
import type { Connection } from './connection.ts';
import { JoinPace } from './join-pace.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { LiveRoom } from './live-room.ts';
import type { PendingNegotiation } from './negotiations.ts';
import type { Seats, TakenSeat } from './seats.ts';
import { Stay } from './stay.ts';

const MEDIA_TIMEOUT_MS = 10_000;
/** Joins of one identity that may be under way in a room: one runs, the others wait. */
const JOINS_AT_ONCE = 3;

/** Who sends, and who receives. */
const CHECK_SEATS = 2;
/** What a check may send: a little more than it does to measure the line. */
const CHECK_BITRATE_BPS = 3_000_000;

/** What joining needs to know about a room. */
export type RoomFacts = RoomInfo & Pick<Room, 'status' | 'maxUsers'>;

/** Looks a room up. Throws AppError `room_not_found` where there is none. */
export type GetRoom = (roomId: RoomId) => Promise<RoomFacts>;

/** Who wants to come in, over which connection. */
export interface JoinRequest {
  readonly connection: Connection;
  readonly ticket: RoomTicket;
  readonly rtpCapabilities: RtpCapabilities;
  /** Data from the start. */
  readonly receivesData: boolean;
}

/** What is known of somebody who is about to enter. */
interface EntryFacts {
  readonly participantId: ParticipantId;
  readonly info: RoomInfo;
  readonly media: JoinedMedia;
  readonly pending: PendingNegotiation | null;
}

/** What came of a join. */
export interface Admitted {
  readonly stay: Stay;
  /** Tracks that `joined` named without a subscription: they were published meanwhile. */
  readonly unreceived: readonly TrackId[];
}

/** What letting people in takes. */
export interface JoinDeskOptions {
  readonly media: MediaPlane;
  readonly seats: Seats;
  readonly getRoom: GetRoom;
  /** Whether one more connection check may run. @throws AppError `rate_limited`. */
  readonly admitCheck: (ticket: RoomTicket) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the person's last stay in the room left. Must not fail. */
  readonly recall: (roomId: RoomId, identity: Identity) => Promise<PendingNegotiation | null>;
  /** Ends the stay that the same identity has in the room. */
  readonly replace: (stay: Stay) => void;
}

/**
 * Lets people in, one step after the other: the room is open, there is a seat,
 * there is media. Only then, in one go, do they enter the room and get `joined`.
 * A step that fails undoes those before it.
 */
export class JoinDesk {
  readonly #options: JoinDeskOptions;
  /** Joins of one identity in one room come one after the other, so that the later one wins. */
  readonly #lines = new KeyedQueue();
  readonly #pace: JoinPace;

  constructor(options: JoinDeskOptions) {
    this.#options = options;
    this.#pace = new JoinPace(options.clock);
  }

  /** @throws AppError as `Sessions.join` says. */
  async admit(room: LiveRoom, request: JoinRequest): Promise<Admitted> {
    const line = lineOf(request.ticket.roomId, request.ticket.identity);
    if (this.#lines.size(line) >= JOINS_AT_ONCE) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: 1_000 });
    }
    this.#pace.take(line);
    return await this.#lines.run(line, () => this.#findSeat(room, request));
  }

  /** Whether a join of this identity is under way, which may hold the seat already. */
  isJoining(roomId: RoomId, identity: Identity): boolean {
    return this.#lines.size(lineOf(roomId, identity)) > 0;
  }

  async #findSeat(room: LiveRoom, request: JoinRequest): Promise<Admitted> {
    const { roomId, identity } = request.ticket;
    const facts = await this.#findRoom(request.ticket);
    if (facts.status !== 'active') {
      throw new AppError('room_ended');
    }
    assertWelcome(room, request.connection);
    const participantId = randomUUID();
    const seat = await this.#options.seats.take(
      { roomId, identity, participantId },
      facts.maxUsers,
      () => room.seats(),
    );
    try {
      return await room.entrance.run(() => this.#connectMedia(room, request, participantId, facts));
    } catch (error) {
      await this.#giveBack(room, seat);
      throw error;
    }
  }

  /** The room of a connection check is what its token says of it. */
  async #findRoom(ticket: RoomTicket): Promise<RoomFacts> {
    const { getRoom, admitCheck, clock } = this.#options;
    const { roomId, checkEndsAt } = ticket;
    if (checkEndsAt === undefined) {
      return await getRoom(roomId);
    }
    const status = clock() < checkEndsAt ? 'active' : 'ended';
    if (status === 'active') {
      admitCheck(ticket);
    }
    return { id: roomId, name: '', status, maxUsers: CHECK_SEATS };
  }

  async #connectMedia(
    room: LiveRoom,
    request: JoinRequest,
    participantId: ParticipantId,
    info: RoomInfo,
  ): Promise<Admitted> {
    const { media } = this.#options;
    const { roomId, identity, grants } = request.ticket;
    const subscribeTo = grants.subscribe ? room.trackIds() : [];
    try {
      assertWelcome(room, request.connection);
      const [joined, pending] = await Promise.all([
        withDeadline(
          media.join({
            roomId,
            participantId,
            rtpCapabilities: request.rtpCapabilities,
            canPublish: grants.data || Object.values(grants.publish).includes(true),
            canSubscribe: grants.subscribe,
            receivesData: request.receivesData,
            subscribeTo,
            ...(request.ticket.checkEndsAt === undefined
              ? {}
              : { maxIncomingBitrateBps: CHECK_BITRATE_BPS }),
          }),
          MEDIA_TIMEOUT_MS,
          'the media plane',
        ),
        this.#options.recall(roomId, identity),
      ]);
      assertWelcome(room, request.connection);
      const facts = { participantId, info, media: joined, pending };
      return this.#enter(room, request, facts, new Set(subscribeTo));
    } catch (error) {
      await this.#leaveMedia(participantId);
      throw error;
    }
  }

  /** Nothing here waits: between the look at the room and the entry in it nothing can happen. */
  #enter(
    room: LiveRoom,
    { connection, ticket }: JoinRequest,
    { participantId, info, media, pending }: EntryFacts,
    requested: ReadonlySet<TrackId>,
  ): Admitted {
    const { roomId, identity, name, role, grants } = ticket;
    const previous = room.findStay(identity);
    if (previous !== undefined) {
      this.#options.replace(previous);
    }
    // Later than the previous stay, because the moment is what tells the two apart.
    const now = this.#options.clock();
    const joinedAt = new Date(Math.max(now, (previous?.joinedAt.getTime() ?? 0) + 1));
    const { sendTransport, receiveTransport } = media;
    const transports = { send: sendTransport, receive: receiveTransport };
    const stay = new Stay(participantId, ticket, connection, joinedAt, transports);
    const self: ParticipantInfo = {
      participantId,
      identity,
      name,
      role,
      joinedAt: joinedAt.toISOString(),
      tracks: [],
    };
    const participants = room.participants();
    const present = new Set(room.trackIds());
    connection.enter(roomId);
    connection.send('joined', {
      room: {
        id: info.id,
        name: info.name,
        ...(info.videoCodecs?.length && { videoCodecs: info.videoCodecs }),
      },
      self,
      grants,
      graceMs: connection.graceMs,
      resumed: this.#resume(pending),
      sendTransport,
      receiveTransport,
      participants,
      subscriptions: media.subscriptions.filter(({ trackId }) => present.has(trackId)),
      dataReception: media.dataReception,
    });
    room.enter(stay, self);
    this.#options.logger.info({ roomId, identity, participantId }, 'a participant joined');
    return { stay, unreceived: [...present].filter((trackId) => !requested.has(trackId)) };
  }

  /** What a client is to know of its last stay. */
  #resume(pending: PendingNegotiation | null): Resumed | null {
    if (pending === null) {
      return null;
    }
    const { participantId, tracks, isAnswered, candidates } = pending;
    this.#options.logger.info(
      // Who never connected may be unable to reach these: the first thing to look at.
      { previously: participantId, ...(isAnswered ? {} : { candidates }) },
      isAnswered ? 'a participant is back' : 'a participant is back that had not connected',
    );
    return { participantId, tracks, wasConnected: isAnswered };
  }

  /** Failures are logged, not thrown: the caller has the error that matters. */
  async #leaveMedia(participantId: ParticipantId): Promise<void> {
    const { media, logger } = this.#options;
    try {
      await withDeadline(media.leave(participantId), MEDIA_TIMEOUT_MS, 'the media plane');
    } catch (error) {
      logger.error({ err: error, participantId }, 'the media of a refused client was not freed');
    }
  }

  async #giveBack(room: LiveRoom, seat: TakenSeat): Promise<void> {
    const holder = room.findStay(seat.identity);
    try {
      await this.#options.seats.giveBack(seat, holder?.participantId === seat.takenFrom);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, roomId: seat.roomId, identity: seat.identity },
        'the seat of a refused client was not freed; its lease will end',
      );
    }
  }
}

function lineOf(roomId: RoomId, identity: Identity): string {
  return `${roomId} ${identity}`;
}

function assertWelcome(room: LiveRoom, connection: Connection): void {
  if (room.closure !== undefined) {
    throw room.closure;
  }
  if (!connection.isOpen) {
    throw new AppError('conflict', 'The client went away before it was let in');
  }
}
