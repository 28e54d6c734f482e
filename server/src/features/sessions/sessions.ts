import type {
  DisconnectReason,
  DtlsParameters,
  Grants,
  Identity,
  ParticipantId,
  ParticipantRole,
  RoomChange,
  RoomId,
  RtpCapabilities,
  TrackId,
  TransportId,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Emitter } from '../../kernel/emitter.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Attendance } from './attendance.ts';
import { AttendanceLog } from './attendance-log.ts';
import { BackgroundWork } from './background-work.ts';
import type { Broadcast, Connection } from './connection.ts';
import { EndedSessions } from './ended-sessions.ts';
import { createFarewell, type Farewell } from './farewell.ts';
import { type GetRoom, JoinDesk } from './join-desk.ts';
import { LiveRoom } from './live-room.ts';
import { NegotiationLog } from './negotiation-log.ts';
import type { Negotiations } from './negotiations.ts';
import { SeatHeartbeat } from './seat-heartbeat.ts';
import { SEAT_HEARTBEAT_MS, type Seat, type Seats } from './seats.ts';
import type { Stay } from './stay.ts';
import { Suspensions } from './suspensions.ts';

export interface SessionsOptions {
  readonly media: MediaPlane;
  readonly seats: Seats;
  readonly negotiations: Negotiations;
  readonly attendance: Attendance;
  readonly getRoom: GetRoom;
  /** Whether one more connection check may run. @throws AppError `rate_limited`. */
  readonly admitCheck: (ticket: RoomTicket) => void;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 10 s. Tests make it short. */
  readonly heartbeatMs?: number;
}

/** What other features hear of presence. */
export type SessionsEvents = {
  /**
   * A participant has been told of tracks of others that it does not receive
   * yet. What is sent to it from now on comes after that message.
   */
  tracksAnnounced: { readonly stay: Stay; readonly trackIds: readonly TrackId[] };
  /** What has just become true in a room; its members hear of it a little later. */
  roomChanged: { readonly roomId: RoomId; readonly change: RoomChange };
  /** Nobody is in the room any more. */
  roomDeserted: { readonly roomId: RoomId };
  /** What the participant may do is another thing now. */
  grantsChanged: { readonly stay: Stay };
  /** The socket of a stay is lost, and its client may come back. */
  staySuspended: { readonly stay: Stay };
  stayResumed: { readonly stay: Stay };
  stayEnded: { readonly stay: Stay };
};

/** Knows who is present in the rooms of this process: lets them in, and sees them out. */
export class Sessions {
  readonly events: Emitter<SessionsEvents>;
  readonly #options: SessionsOptions;
  readonly #rooms = new Map<RoomId, LiveRoom>();
  readonly #desk: JoinDesk;
  readonly #heartbeat: SeatHeartbeat;
  readonly #attendance: AttendanceLog;
  readonly #negotiations: NegotiationLog;
  readonly #suspensions = new Suspensions((stay) => this.end(stay, 'signal_close'));
  /** `drain` waits for it. */
  readonly #background = new BackgroundWork();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #endedSessions: EndedSessions;
  readonly #sayFarewell: Farewell;
  #isDraining = false;

  constructor(options: SessionsOptions) {
    const { media, seats, attendance, getRoom, admitCheck, clock, logger } = options;
    this.#options = options;
    this.events = new Emitter((error, event) =>
      logger.error({ err: error, event }, 'a listener of sessions failed'),
    );
    this.#attendance = new AttendanceLog(attendance, clock, logger);
    this.#negotiations = new NegotiationLog({
      negotiations: options.negotiations,
      tracksOf: ({ ticket, participantId }) =>
        this.#rooms.get(ticket.roomId)?.tracksOf(participantId) ?? [],
      stays: () => this.#stays(),
      logger,
    });
    this.#endedSessions = new EndedSessions(clock);
    this.#sayFarewell = createFarewell({
      media,
      seats,
      attendance: this.#attendance,
      negotiations: this.#negotiations,
      logger,
    });
    this.#desk = new JoinDesk({
      media,
      seats,
      getRoom,
      admitCheck,
      clock,
      logger,
      recall: (roomId, identity) => this.#negotiations.recall(roomId, identity),
      replace: (stay) => this.end(stay, 'duplicate_identity'),
    });
    this.#heartbeat = new SeatHeartbeat({
      seats,
      logger,
      intervalMs: options.heartbeatMs ?? SEAT_HEARTBEAT_MS,
      heldSeats: () => this.#heldSeats(),
      seatLost: (seat) => this.#giveWay(seat),
    });
    this.#unsubscribe = [
      media.events.on('roomLost', ({ roomId }) =>
        this.#endAll(roomId, 'media_failure', new AppError('media_unavailable')),
      ),
      // The client sees it too, and is the one that can do something about it.
      media.events.on('transportFailed', (failure) => {
        logger.info(failure, 'a participant cannot be reached over a transport');
        const stay = this.findParticipant(failure.participantId);
        if (stay !== undefined) {
          this.#suspensions.transportLost(stay, failure.transportId);
        }
      }),
    ];
  }

  /**
   * Lets a client in: a seat, its media, and `joined`, after which it is a
   * participant. All or nothing: whoever is refused leaves no trace.
   *
   * @throws AppError why not: `room_not_found`, `room_ended`, `room_full`,
   * `rate_limited`, `shutting_down`, or what a store or the media plane threw.
   */
  async join(
    connection: Connection,
    ticket: RoomTicket,
    rtpCapabilities: RtpCapabilities,
    receivesData = false,
  ): Promise<Stay> {
    if (this.#isDraining) {
      throw new AppError('shutting_down');
    }
    const room = this.#enterRoom(ticket.roomId);
    const joining = this.#desk.admit(room, {
      connection,
      ticket,
      rtpCapabilities,
      receivesData,
    });
    this.#background.addAwaited(joining);
    try {
      const { stay, unreceived } = await joining;
      this.#background.add(this.#attendance.joined(stay));
      this.#background.add(this.#negotiations.began(stay));
      if (this.#endedSessions.has(ticket.sessionId)) {
        this.#signOut(stay);
      } else if (unreceived.length > 0) {
        this.#announce(stay, unreceived);
      }
      return stay;
    } finally {
      room.joins -= 1;
      this.#dropIfDeserted(room);
    }
  }

  /**
   * Ends a stay: the others hear of it, the client gets `goodbye`, everything
   * it had is freed. Idempotent.
   *
   * @param error Goes with the goodbye.
   */
  end(stay: Stay, reason: DisconnectReason, error?: AppError): void {
    if (stay.isOver) {
      return;
    }
    const room = this.#rooms.get(stay.ticket.roomId);
    this.#seeOut(stay, room, reason, error);
    if (room !== undefined) {
      room.remove(stay);
      room.record({ type: 'participantLeft', participantId: stay.participantId, reason });
      this.#dropIfDeserted(room);
    }
  }

  /**
   * The socket of a stay is lost. Where its client may come back, the stay keeps
   * its seat and its media meanwhile; else it ends.
   */
  suspend(stay: Stay): void {
    if (!stay.isOver) {
      this.#suspensions.begin(stay);
      if (!stay.isOver) {
        this.events.emit('staySuspended', { stay });
      }
    }
  }

  /** The client of a stay is back, over another socket. */
  resume(stay: Stay): void {
    this.#suspensions.finish(stay);
    this.events.emit('stayResumed', { stay });
  }

  /** The client of a stay looks for another path to the SFU. */
  transportRestarted(stay: Stay, transportId: TransportId): void {
    this.#suspensions.transportRestarted(stay, transportId);
  }

  /** Ends every stay that came from one of these signed-in sessions, also those just joining. */
  endSessions(sessionIds: readonly string[]): void {
    this.#endedSessions.add(sessionIds);
    for (const stay of this.#stays()) {
      if (this.#endedSessions.has(stay.ticket.sessionId)) {
        this.#signOut(stay);
      }
    }
  }

  /** The signed-in sessions that the stays of this process came from. */
  signedInSessions(): { readonly userId: Identity; readonly sessionId: string }[] {
    return this.#stays().flatMap(({ ticket: { identity, sessionId } }) =>
      sessionId === null ? [] : [{ userId: identity, sessionId }],
    );
  }

  /** Who is in the rooms of this process; not who checks the connection in one. */
  present(): {
    readonly roomId: RoomId;
    readonly identity: Identity;
    readonly role: ParticipantRole;
  }[] {
    return this.#stays().flatMap(({ ticket: { roomId, identity, role, checkEndsAt } }) =>
      checkEndsAt === undefined ? [{ roomId, identity, role }] : [],
    );
  }

  /** Ends every stay of a room whose meeting is over; who is just joining is refused. */
  closeRoom(roomId: RoomId): void {
    this.#endAll(roomId, 'room_closed', new AppError('room_ended'));
  }

  /**
   * Gives somebody who is in the room another role, tells them and the others.
   * Nothing for who is not there: they get it with their next token.
   */
  setRole(roomId: RoomId, identity: Identity, role: ParticipantRole, grants: Grants): void {
    const stay = this.findStay(roomId, identity);
    if (stay === undefined || stay.isOver) {
      return;
    }
    stay.setRole(role, grants);
    stay.connection.send('roleChanged', { role, grants });
    this.events.emit('grantsChanged', { stay });
    this.record(stay, { type: 'roleChanged', participantId: stay.participantId, role });
  }

  /** Makes a change of the stay's own true, and tells the others. Nothing once the stay is over. */
  record(stay: Stay, change: RoomChange): void {
    if (!stay.isOver) {
      this.#rooms.get(stay.ticket.roomId)?.record(change);
      this.#background.add(this.#negotiations.advanced(stay));
    }
  }

  /** The client of a stay has connected a transport. */
  answered(stay: Stay, transportId: TransportId, dtlsParameters: DtlsParameters): void {
    stay.answered(transportId, dtlsParameters);
    this.#background.add(this.#negotiations.advanced(stay));
  }

  /** Whether any of the room's participants publishes this track. */
  isPublished(roomId: RoomId, participantId: ParticipantId, trackId: TrackId): boolean {
    return this.#rooms.get(roomId)?.hasTrack(participantId, trackId) ?? false;
  }

  /** The present stay of a person in a room of this process. */
  findStay(roomId: RoomId, identity: Identity): Stay | undefined {
    return this.#rooms.get(roomId)?.findStay(identity);
  }

  /** The stay that a participant id names, in any room of this process. */
  findParticipant(participantId: ParticipantId): Stay | undefined {
    for (const room of this.#rooms.values()) {
      const stay = room.findParticipant(participantId);
      if (stay !== undefined) {
        return stay;
      }
    }
    return undefined;
  }

  /**
   * Makes sure that the stay is written down: only then does the database let
   * the person see and say something in the room. Returns at once where it is,
   * writes it where that failed before.
   *
   * @throws what the database threw, such as AppError `unavailable`.
   */
  recordArrival(stay: Stay): Promise<void> {
    return this.#attendance.ensure(stay);
  }

  /**
   * Ends every stay, because the server stops, and refuses new ones. Settles
   * when all that they had is freed, each part of which has its own deadline.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#heartbeat.close();
    this.#negotiations.close();
    for (const roomId of [...this.#rooms.keys()]) {
      this.#endAll(roomId, 'server_shutdown', new AppError('shutting_down'));
    }
    await this.#background.settle();
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  #stays(): Stay[] {
    return [...this.#rooms.values()].flatMap((room) => room.stays());
  }

  #signOut(stay: Stay): void {
    this.end(stay, 'session_revoked', new AppError('unauthorized', 'The session was ended'));
  }

  #enterRoom(roomId: RoomId): LiveRoom {
    const { broadcast, clock } = this.#options;
    const room =
      this.#rooms.get(roomId) ??
      new LiveRoom({
        roomId,
        broadcast,
        clock,
        tracksAnnounced: (stay, trackIds) => this.#announce(stay, trackIds),
        recorded: (change) => this.events.emit('roomChanged', { roomId, change }),
      });
    this.#rooms.set(roomId, room);
    room.joins += 1;
    return room;
  }

  #dropIfDeserted(room: LiveRoom): void {
    if (room.isEmpty && room.joins === 0 && this.#rooms.get(room.roomId) === room) {
      this.#rooms.delete(room.roomId);
      room.close(new AppError('conflict', 'The room is deserted'));
      this.events.emit('roomDeserted', { roomId: room.roomId });
    }
  }

  #endAll(roomId: RoomId, reason: DisconnectReason, error: AppError): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) {
      return;
    }
    // From here on a join makes a new room; those under way fail with the closure.
    this.#rooms.delete(roomId);
    room.close(error);
    for (const stay of room.stays()) {
      this.#seeOut(stay, room, reason, reason === 'room_closed' ? undefined : error);
      room.remove(stay);
    }
    this.events.emit('roomDeserted', { roomId });
  }

  /** Ends the stay that lost its seat to another process; one of this process ends it itself. */
  #giveWay({ roomId, identity, participantId }: Seat): void {
    const stay = this.findStay(roomId, identity);
    if (stay?.participantId === participantId && !this.#desk.isJoining(roomId, identity)) {
      this.end(stay, 'duplicate_identity');
    }
  }

  /** The room is the caller's matter. */
  #seeOut(
    stay: Stay,
    room: LiveRoom | undefined,
    reason: DisconnectReason,
    error: AppError | undefined,
  ): void {
    this.#suspensions.finish(stay);
    const tracks = room?.tracksOf(stay.participantId) ?? [];
    for (const work of this.#sayFarewell(stay, { reason, error, tracks })) {
      this.#background.add(work);
    }
    this.events.emit('stayEnded', { stay });
  }

  #announce(stay: Stay, trackIds: readonly TrackId[]): void {
    this.events.emit('tracksAnnounced', { stay, trackIds });
  }

  *#heldSeats(): Iterable<readonly [RoomId, readonly Seat[]]> {
    for (const room of [...this.#rooms.values()]) {
      const seats = room.seats();
      if (seats.length > 0) {
        yield [room.roomId, seats];
      }
    }
  }
}
