import { randomUUID } from 'node:crypto';
import type {
  DuplicateIdentityPolicy,
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
import { type Metrics, startTimer } from '../../kernel/metrics.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import type { JoinedMedia, MediaPlane } from '../../media/media-plane.ts';
import type { Connection } from './connection.ts';
import { maySend, settleGrants } from './grants.ts';
import { JoinPace } from './join-pace.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { LiveRoom } from './live-room.ts';
import type { PendingNegotiation } from './negotiations.ts';
import { SeatDesk, type SeatDeskOptions } from './seat-desk.ts';
import { Stay } from './stay.ts';

const MEDIA_TIMEOUT_MS = 10_000;
/** Joins of one identity that may be under way in a room: one runs, the others wait. */
const JOINS_AT_ONCE = 3;

/** Who sends, and who receives. */
const CHECK_SEATS = 2;
/** What a check may send: a little more than it does to measure the line. */
const CHECK_BITRATE_BPS = 3_000_000;

/** What joining needs to know about a room. */
export type RoomFacts = RoomInfo &
  Pick<Room, 'status' | 'maxUsers'> & {
    /** What becomes of who joins while their identity is in the room. Default: they replace it. */
    readonly duplicateIdentity?: DuplicateIdentityPolicy;
  };

/** Looks a room up. Throws AppError `room_not_found` where there is none. */
export type GetRoom = (roomId: RoomId) => Promise<RoomFacts>;

/**
 * As what the person may come in: with the role that they were given meanwhile. Throws
 * AppError `banned`, `room_locked`. A lock does not concern who is there already.
 * Not asked for checks of the connection.
 */
export type AdmitTicket = (ticket: RoomTicket, isPresent: boolean) => Promise<RoomTicket>;

/** Who wants to come in, over which connection. */
export interface JoinRequest {
  readonly connection: Connection;
  readonly ticket: RoomTicket;
  readonly rtpCapabilities: RtpCapabilities;
  /** Data from the start. */
  readonly receivesData: boolean;
  /** Whether the client follows when its media moves. */
  readonly canMove: boolean;
}

/** What is known of somebody who is about to enter. */
interface EntryFacts {
  readonly participantId: ParticipantId;
  readonly info: RoomInfo;
  /** Of the room when `info` was read. */
  readonly infoChanges: number;
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
export interface JoinDeskOptions extends SeatDeskOptions {
  readonly media: MediaPlane;
  readonly getRoom: GetRoom;
  /** Whether one more connection check may run. @throws AppError `rate_limited`. */
  readonly admitCheck: (ticket: RoomTicket) => void;
  readonly metrics: Pick<Metrics, 'observe'>;
  readonly clock: Clock;
  /** What the person's last stay in the room left. Must not fail. */
  readonly recall: (roomId: RoomId, userId: UserId) => Promise<PendingNegotiation | null>;
  readonly admitTicket: AdmitTicket;
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
  readonly #seats: SeatDesk;
  /** Those who are being given media, or have it and did not enter the room yet. */
  readonly #connecting = new Set<ParticipantId>();

  constructor(options: JoinDeskOptions) {
    this.#options = options;
    this.#pace = new JoinPace(options.clock);
    this.#seats = new SeatDesk(options);
  }

  /** @throws AppError as `Sessions.join` says. */
  async admit(room: LiveRoom, request: JoinRequest): Promise<Admitted> {
    const line = lineOf(request.ticket);
    if (this.#lines.size(line) >= JOINS_AT_ONCE) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: 1_000 });
    }
    this.#pace.take(line);
    return await this.#lines.run(line, () => this.#findSeat(room, request));
  }

  /** What these people have of the media plane, or were about to have, is gone. */
  loseMedia(participantIds: readonly ParticipantId[]): void {
    for (const participantId of participantIds) {
      this.#connecting.delete(participantId);
    }
  }

  /** Whether a join of this identity is under way, which may hold the seat already. */
  isJoining(ticket: RoomTicket): boolean {
    return this.#lines.size(lineOf(ticket)) > 0;
  }

  async #findSeat(room: LiveRoom, request: JoinRequest): Promise<Admitted> {
    const { infoChanges } = room;
    const isPresent = room.findStayOf(request.ticket.userId) !== undefined;
    const [facts, admitted] = await this.#timed(
      'room',
      Promise.all([
        this.#findRoom(request.ticket),
        request.ticket.checkEndsAt === undefined
          ? this.#options.admitTicket(request.ticket, isPresent)
          : request.ticket,
        room.ready(),
      ]),
    );
    if (facts.status !== 'active') {
      throw new AppError('room_ended');
    }
    assertWelcome(room, request.connection);
    const participantId = randomUUID();
    const { maxUsers, duplicateIdentity: policy = 'replace' } = facts;
    const { ticket, seat } = await this.#timed(
      'seat',
      this.#seats.place(room, admitted, participantId, { maxUsers, policy }),
    );
    const grants = settleGrants(ticket.grants);
    const waited = startTimer();
    try {
      return await room.entrance.run(() => {
        this.#observe('entrance', waited());
        return this.#connectMedia(
          room,
          { ...request, ticket: { ...ticket, grants } },
          { participantId, info: facts, infoChanges },
        );
      });
    } catch (error) {
      await this.#seats.giveBack(room, seat);
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
    return {
      id: roomId,
      name: '',
      metadata: '',
      isLocked: false,
      spotlight: [],
      breakoutOf: null,
      status,
      maxUsers: CHECK_SEATS,
    };
  }

  async #connectMedia(
    room: LiveRoom,
    request: JoinRequest,
    known: Omit<EntryFacts, 'media' | 'pending'>,
  ): Promise<Admitted> {
    const { media } = this.#options;
    const { participantId } = known;
    const { roomId, userId, grants } = request.ticket;
    const subscribeTo = grants.subscribe ? room.trackIds() : [];
    this.#connecting.add(participantId);
    try {
      assertWelcome(room, request.connection);
      const joining = withDeadline(
        media.join({
          roomId,
          participantId,
          rtpCapabilities: request.rtpCapabilities,
          canPublish: maySend(grants),
          canSubscribe: grants.subscribe,
          receivesData: request.receivesData,
          subscribeTo,
          ...(request.ticket.checkEndsAt === undefined
            ? {}
            : { maxIncomingBitrateBps: CHECK_BITRATE_BPS }),
        }),
        MEDIA_TIMEOUT_MS,
        'the media plane',
      );
      const [joined, pending] = await Promise.all([
        this.#timed('media', joining),
        this.#options.recall(roomId, userId),
      ]);
      assertWelcome(room, request.connection);
      if (!this.#connecting.has(participantId)) {
        throw new AppError('media_unavailable');
      }
      const facts = { ...known, media: joined, pending };
      return this.#enter(room, request, facts, new Set(subscribeTo));
    } catch (error) {
      await this.#leaveMedia(participantId);
      throw error;
    } finally {
      this.#connecting.delete(participantId);
    }
  }

  /** Nothing here waits: between the look at the room and the entry in it nothing can happen. */
  #enter(
    room: LiveRoom,
    { connection, ticket, canMove }: JoinRequest,
    { participantId, info, infoChanges, media, pending }: EntryFacts,
    requested: ReadonlySet<TrackId>,
  ): Admitted {
    const { roomId, userId, identity, name, role, grants, metadata, attributes } = ticket;
    const previous = room.findStayOf(userId);
    if (previous !== undefined) {
      this.#options.replace(previous);
    }
    // Later than the previous stay, because the moment is what tells the two apart.
    const now = this.#options.clock();
    const joinedAt = new Date(Math.max(now, (previous?.joinedAt.getTime() ?? 0) + 1));
    const { sendTransport, receiveTransport } = media;
    const transports = { send: sendTransport, receive: receiveTransport };
    const stay = new Stay({
      participantId,
      ticket,
      connection,
      joinedAt,
      transports,
      canMove,
    });
    const self: ParticipantInfo = {
      participantId,
      identity,
      name,
      role,
      joinedAt: joinedAt.toISOString(),
      metadata,
      attributes,
      handRaisedAt: null,
      tracks: [],
    };
    room.replaceElsewhere(identity);
    const participants = room.participants();
    const present = new Set(room.trackIds());
    connection.enter(roomId);
    connection.send('joined', {
      room: roomInfoOf(room.infoChanges === infoChanges ? info : (room.info ?? info)),
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
    this.#options.logger.info({ roomId, userId, participantId }, 'a participant joined');
    return { stay, unreceived: [...present].filter((trackId) => !requested.has(trackId)) };
  }

  /** Notes how long a phase took that led on. */
  async #timed<T>(phase: 'room' | 'seat' | 'media', work: Promise<T>): Promise<T> {
    const seconds = startTimer();
    const result = await work;
    this.#observe(phase, seconds());
    return result;
  }

  #observe(phase: 'room' | 'seat' | 'entrance' | 'media', seconds: number): void {
    this.#options.metrics.observe('balai_join_phase_duration_seconds', { phase }, seconds);
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
}

function lineOf({ roomId, userId, bearerId }: RoomTicket): string {
  return `${roomId} ${bearerId ?? userId}`;
}

/** Of what is known of a room, what everybody in it may know. */
export function roomInfoOf({ id, name, videoCodecs, ...info }: RoomInfo): RoomInfo {
  const { metadata, isLocked, spotlight, breakoutOf } = info;
  return {
    id,
    name,
    ...(videoCodecs?.length && { videoCodecs }),
    metadata,
    isLocked,
    spotlight,
    breakoutOf,
  };
}

function assertWelcome(room: LiveRoom, connection: Connection): void {
  if (room.closure !== undefined) {
    throw room.closure;
  }
  if (!connection.isOpen) {
    throw new AppError('conflict', 'The client went away before it was let in');
  }
}
