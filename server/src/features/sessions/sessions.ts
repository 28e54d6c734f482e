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
  TransportInfo,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { Emitter } from '../../kernel/emitter.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import { AttendanceLog } from './attendance-log.ts';
import { BackgroundWork } from './background-work.ts';
import type { Connection } from './connection.ts';
import { Departures } from './departures.ts';
import { EndedSessions } from './ended-sessions.ts';
import { createFarewell } from './farewell.ts';
import { limitGrants } from './grants.ts';
import { JoinDesk } from './join-desk.ts';
import type { LiveRoom } from './live-room.ts';
import { LiveRooms, type Present } from './live-rooms.ts';
import { NegotiationLog } from './negotiation-log.ts';
import { ParticipantChanges, type ParticipantUpdate } from './participant-changes.ts';
import { SeatHeartbeat } from './seat-heartbeat.ts';
import { SEAT_HEARTBEAT_MS, type Seat } from './seats.ts';
import type { SessionsEvents, SessionsOptions } from './sessions-options.ts';
import type { Stay, Transports } from './stay.ts';
import { Suspensions } from './suspensions.ts';

export type { SessionsEvents, SessionsOptions } from './sessions-options.ts';

/** Knows who is present in the rooms of this process: lets them in, and sees them out. */
export class Sessions {
  readonly events: Emitter<SessionsEvents>;
  readonly #rooms: LiveRooms;
  readonly #changes: ParticipantChanges;
  readonly #desk: JoinDesk;
  readonly #heartbeat: SeatHeartbeat;
  readonly #attendance: AttendanceLog;
  readonly #negotiations: NegotiationLog;
  readonly #suspensions = new Suspensions((stay) => this.end(stay, 'signal_close'));
  /** `drain` waits for it. */
  readonly #background = new BackgroundWork();
  readonly #unsubscribe: readonly (() => void)[];
  readonly #endedSessions: EndedSessions;
  readonly #departures: Departures;
  #isDraining = false;

  constructor(options: SessionsOptions) {
    const { media, seats, attendance, getRoom, admitCheck, admitTicket, clock, logger } = options;
    this.events = new Emitter((error, event) =>
      logger.error({ err: error, event }, 'a listener of sessions failed'),
    );
    this.#rooms = new LiveRooms((roomId) => ({
      roomId,
      broadcast: options.broadcast,
      clock,
      tracksAnnounced: (stay, trackIds) => this.#announce(stay, trackIds),
      recorded: (change) => this.events.emit('roomChanged', { roomId, change }),
    }));
    this.#changes = new ParticipantChanges({
      findRoom: ({ ticket }) => this.#rooms.find(ticket.roomId),
      record: (stay, change) => this.record(stay, change),
      grantsChanged: (stay, before) => this.events.emit('grantsChanged', { stay, before }),
      hid: (stay) => this.#background.add(this.#attendance.hid(stay)),
    });
    this.#attendance = new AttendanceLog(attendance, clock, logger);
    this.#negotiations = new NegotiationLog({
      negotiations: options.negotiations,
      tracksOf: ({ ticket, participantId }) =>
        this.#rooms.find(ticket.roomId)?.tracksOf(participantId) ?? [],
      stays: () => this.#rooms.stays(),
      logger,
    });
    this.#endedSessions = new EndedSessions(clock);
    this.#departures = new Departures({
      rooms: this.#rooms,
      suspensions: this.#suspensions,
      sayFarewell: createFarewell({
        media,
        seats,
        attendance: this.#attendance,
        negotiations: this.#negotiations,
        logger,
      }),
      goesOn: (work) => this.#background.add(work),
      stayEnded: (stay) => this.events.emit('stayEnded', { stay }),
      roomDeserted: (roomId) => this.events.emit('roomDeserted', { roomId }),
    });
    this.#desk = new JoinDesk({
      media,
      seats,
      getRoom,
      admitCheck,
      admitTicket,
      addPerson: options.addPerson,
      isSuspended: (stay) => this.#suspensions.has(stay),
      clock,
      logger,
      recall: (roomId, userId) => this.#negotiations.recall(roomId, userId),
      replace: (stay) => this.end(stay, 'duplicate_identity'),
    });
    this.#heartbeat = new SeatHeartbeat({
      seats,
      logger,
      intervalMs: options.heartbeatMs ?? SEAT_HEARTBEAT_MS,
      heldSeats: () => this.#rooms.heldSeats(),
      seatLost: (seat) => this.#giveWay(seat),
    });
    this.#unsubscribe = [
      media.events.on('roomLost', ({ roomId }) =>
        this.#departures.endAll(roomId, 'media_failure', new AppError('media_unavailable')),
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
   * `identity_taken`, `rate_limited`, `shutting_down`, or what a store or the media plane threw.
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
    const room = this.#rooms.enter(ticket.roomId);
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
      this.events.emit('stayBegan', { stay });
      if (this.#endedSessions.has(ticket.sessionId)) {
        this.#departures.signOut(stay);
      } else if (unreceived.length > 0) {
        this.#announce(stay, unreceived);
      }
      return stay;
    } finally {
      room.joins -= 1;
      this.#departures.dropIfDeserted(room);
    }
  }

  /**
   * Ends a stay: the others hear of it, the client gets `goodbye`, everything
   * it had is freed. Idempotent.
   *
   * @param error Goes with the goodbye.
   */
  end(stay: Stay, reason: DisconnectReason, error?: AppError): void {
    this.#departures.end(stay, reason, error);
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
    for (const stay of this.#rooms.stays()) {
      if (this.#endedSessions.has(stay.ticket.sessionId)) {
        this.#departures.signOut(stay);
      }
    }
  }

  /** The signed-in sessions that the stays of this process came from. */
  signedInSessions(): { readonly userId: UserId; readonly sessionId: string }[] {
    return this.#rooms.signedInSessions();
  }

  /** Who is in the rooms of this process; not who checks the connection in one. */
  present(): Present[] {
    return this.#rooms.present();
  }

  /** Ends every stay of a room whose meeting is over; who is just joining is refused. */
  closeRoom(roomId: RoomId): void {
    this.#departures.endAll(roomId, 'room_closed', new AppError('room_ended'));
  }

  /**
   * Gives somebody who is in the room another role, tells them and the others.
   * Nothing for who is not there: they get it with their next token.
   */
  setRole(roomId: RoomId, userId: UserId, role: ParticipantRole, grants: Grants): void {
    const stay = this.findStayOf(roomId, userId);
    if (stay !== undefined) {
      const { hidden } = stay.ticket.grants;
      const within = limitGrants(grants, stay.ticket.limits);
      this.#changes.setGrants(stay, { ...within, hidden }, role);
    }
  }

  /**
   * Lets somebody do more or less from now on, and no more by any role that they are given
   * later. What runs and is not allowed any more ends at once.
   */
  setGrants(stay: Stay, grants: Grants): void {
    const { publish, subscribe, data, updateSelf } = grants;
    stay.update({ limits: { publish, subscribe, data, updateSelf } });
    this.#changes.setGrants(stay, grants);
  }

  /** Changes what others see of somebody. @throws AppError `invalid_request` for too many attributes. */
  updateParticipant(stay: Stay, update: ParticipantUpdate): void {
    this.#changes.update(stay, update);
  }

  /** Makes a change of the stay's own true, and tells the others. Nothing once the stay is over. */
  record(stay: Stay, change: RoomChange): void {
    if (!stay.isOver) {
      this.#rooms.find(stay.ticket.roomId)?.record(change);
      this.#background.add(this.#negotiations.advanced(stay));
    }
  }

  /** Makes a change true that is of no stay, and tells who is there. */
  recordInRoom(roomId: RoomId, change: RoomChange): void {
    this.#rooms.find(roomId)?.record(change);
  }

  /** Who is in a room of this process, and what they publish; undefined where nobody is. */
  findRoom(roomId: RoomId): Pick<LiveRoom, 'stays' | 'tracksOf' | 'infoOf'> | undefined {
    return this.#rooms.find(roomId);
  }

  /** Has everything delivered to a stay that others publish. For one that could not receive it. */
  announceTracks(stay: Stay): void {
    const room = this.#rooms.find(stay.ticket.roomId);
    if (room !== undefined && !stay.isOver) {
      // Nobody is to receive what they were not told of.
      room.flush();
      this.#announce(stay, room.trackIds(stay.participantId));
    }
  }

  /** There is another transport for a stay. */
  offered(stay: Stay, direction: keyof Transports, transport: TransportInfo): void {
    stay.offered(direction, transport);
    this.#background.add(this.#negotiations.advanced(stay));
  }

  /** The client of a stay has connected a transport. */
  answered(stay: Stay, transportId: TransportId, dtlsParameters: DtlsParameters): void {
    stay.answered(transportId, dtlsParameters);
    this.#background.add(this.#negotiations.advanced(stay));
  }

  /** Whether any of the room's participants publishes this track. */
  isPublished(roomId: RoomId, participantId: ParticipantId, trackId: TrackId): boolean {
    return this.#rooms.find(roomId)?.hasTrack(participantId, trackId) ?? false;
  }

  /** The present stay of whom clients know by this identity, in a room of this process. */
  findStay(roomId: RoomId, identity: Identity): Stay | undefined {
    return this.#rooms.findStay(roomId, identity);
  }

  /** The present stay of a person in a room of this process. */
  findStayOf(roomId: RoomId, userId: UserId): Stay | undefined {
    return this.#rooms.findStayOf(roomId, userId);
  }

  /** The stay that a participant id names, in any room of this process. */
  findParticipant(participantId: ParticipantId): Stay | undefined {
    return this.#rooms.findParticipant(participantId);
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
    for (const roomId of this.#rooms.ids()) {
      this.#departures.endAll(roomId, 'server_shutdown', new AppError('shutting_down'));
    }
    await this.#background.settle();
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  /** Ends the stay that lost its seat to another process; one of this process ends it itself. */
  #giveWay({ roomId, userId, participantId }: Seat): void {
    const stay = this.findStayOf(roomId, userId);
    if (stay?.participantId === participantId && !this.#desk.isJoining(stay.ticket)) {
      this.end(stay, 'duplicate_identity');
    }
  }

  #announce(stay: Stay, trackIds: readonly TrackId[]): void {
    this.events.emit('tracksAnnounced', { stay, trackIds });
  }
}
