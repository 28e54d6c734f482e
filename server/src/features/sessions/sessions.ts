import type {
  DisconnectReason,
  DtlsParameters,
  Grants,
  Identity,
  ParticipantId,
  ParticipantInfo,
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
import { NO_METRICS } from '../../kernel/metrics.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import { AttendanceLog } from './attendance-log.ts';
import { BackgroundWork } from './background-work.ts';
import type { Connection } from './connection.ts';
import { Departures } from './departures.ts';
import { EndedSessions } from './ended-sessions.ts';
import { createFarewell } from './farewell.ts';
import { limitGrants } from './grants.ts';
import { JoinDesk } from './join-desk.ts';
import { type KeptRoom, keptRoom } from './kept-room.ts';
import type { LiveRoomFacts } from './live-room.ts';
import { LiveRooms, type Present } from './live-rooms.ts';
import { NegotiationLog } from './negotiation-log.ts';
import { ParticipantChanges, type ParticipantUpdate } from './participant-changes.ts';
import {
  type AdoptionRequest,
  Adoptions,
  type HandedOn,
  type Wanted,
} from './resuming/adoptions.ts';
import { StayLog } from './resuming/stay-log.ts';
import { SeatHeartbeat } from './seat-heartbeat.ts';
import { SEAT_HEARTBEAT_MS, type Seat } from './seats.ts';
import type { SessionsEvents, SessionsOptions } from './sessions-options.ts';
import { shareWithNobody } from './sharing/room-sharing.ts';
import type { Stay, Transports } from './stay.ts';
import { Suspensions } from './suspensions.ts';

export type { SessionsEvents, SessionsOptions } from './sessions-options.ts';

/** What a client that joins can do, and wants. All false by default. */
export interface JoinWishes {
  /** Data from the start. */
  readonly receivesData?: boolean | undefined;
  /** Follows when its media moves. */
  readonly canMove?: boolean | undefined;
}

/** Knows who is present in the rooms of this process: lets them in, and sees them out. */
export class Sessions {
  readonly events: Emitter<SessionsEvents>;
  readonly #rooms: LiveRooms;
  readonly #changes: ParticipantChanges;
  readonly #desk: JoinDesk;
  readonly #heartbeat: SeatHeartbeat;
  readonly #attendance: AttendanceLog;
  readonly #negotiations: NegotiationLog;
  readonly #stayLog: StayLog | undefined;
  readonly #adoptions: Adoptions | undefined;
  /** Of this process, where stays can go on in another one. */
  readonly #processId: string | undefined;
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
      shareRoom: options.shareRoom ?? shareWithNobody,
      displaced: (stay) => this.end(stay, 'duplicate_identity'),
      adoptedElsewhere: (stay) => this.#background.add(this.#departures.handOn(stay)),
    }));
    this.#changes = new ParticipantChanges({
      findRoom: ({ ticket }) => this.#rooms.find(ticket.roomId),
      record: (stay, change) => this.record(stay, change),
      grantsChanged: (stay, before) => {
        this.#note(stay);
        this.events.emit('grantsChanged', { stay, before });
      },
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
    const { handover } = options;
    this.#processId = handover?.processId;
    this.#stayLog =
      handover &&
      new StayLog({
        ...handover,
        infoOf: ({ ticket, participantId }) =>
          this.#rooms.find(ticket.roomId)?.infoOf(participantId),
        stays: () => this.#rooms.stays(),
        logger,
      });
    this.#adoptions =
      handover &&
      new Adoptions({
        ...handover,
        getRoom,
        admitTicket,
        leaveMedia: (participantId) => media.leave(participantId),
        seats,
        clock,
        handOn: (wanted) => this.#handOn(wanted),
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
        stayLog: this.#stayLog,
        logger,
      }),
      handOnMedia: (participantId) => handover?.media.handOn(participantId),
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
      metrics: options.metrics ?? NO_METRICS,
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
      media.events.on('mediaLost', ({ participantIds }) => this.#desk.loseMedia(participantIds)),
      media.events.on('mediaLost', (lost) => this.#departures.loseMedia(lost)),
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
    { receivesData = false, canMove = false }: JoinWishes = {},
  ): Promise<Stay> {
    if (this.#isDraining) {
      throw new AppError('shutting_down');
    }
    const room = this.#rooms.keep(ticket.roomId);
    const joining = this.#desk.admit(room, {
      connection,
      ticket,
      rtpCapabilities,
      receivesData,
      canMove,
    });
    this.#background.addAwaited(joining);
    try {
      const { stay, unreceived } = await joining;
      this.#background.add(this.#attendance.joined(stay));
      this.#background.add(this.#negotiations.began(stay));
      this.#begin(stay, unreceived);
      return stay;
    } finally {
      this.#departures.release(room);
    }
  }

  /** Whether clients may come with stays that they had with other processes. */
  get adopts(): boolean {
    return this.#adoptions !== undefined;
  }

  /**
   * Goes on with a stay that a client had with another process.
   *
   * @throws AppError `stay_over` for who has to join anew; `shutting_down`; as `Adoptions.adopt`.
   */
  async adopt(request: AdoptionRequest): Promise<Stay> {
    if (this.#isDraining) throw new AppError('shutting_down');
    if (this.#adoptions === undefined) throw new AppError('stay_over');
    const room = this.#rooms.keep(request.ticket.roomId);
    const adopting = this.#adoptions.adopt(room, request);
    this.#background.addAwaited(adopting);
    try {
      const { stay, unreceived } = await adopting;
      this.#background.add(this.#negotiations.advanced(stay));
      this.#begin(stay, unreceived);
      this.events.emit('stayResumed', { stay });
      return stay;
    } finally {
      this.#departures.release(room);
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
      this.#note(stay);
    }
  }

  /** Makes a change true that is of no stay, and tells who is there. */
  recordInRoom(roomId: RoomId, change: RoomChange): void {
    this.#rooms.find(roomId)?.record(change);
  }

  /** Has a room in this process, whoever is in it, until it is released. */
  keepRoom(roomId: RoomId): KeptRoom {
    return keptRoom(this.#rooms.keep(roomId), this.#departures);
  }

  /** Whom others see in a room of this process, wherever they are. */
  findPeople(roomId: RoomId): ParticipantInfo[] {
    return this.#rooms.find(roomId)?.participants() ?? [];
  }

  /** Who is in a room of this process, and what they publish; undefined where nobody is. */
  findRoom(roomId: RoomId): LiveRoomFacts | undefined {
    return this.#rooms.find(roomId);
  }

  /** Has everything delivered to a stay that others publish. For one that could not receive it. */
  announceTracks(stay: Stay): void {
    const room = this.#rooms.find(stay.ticket.roomId);
    if (room !== undefined && !stay.isOver) {
      // Nobody is to receive what they were not told of.
      room.flush();
      stay.withheld.clear();
      this.#announce(stay, room.trackIds(stay.participantId));
    }
  }

  /** There is another transport for a stay. */
  offered(stay: Stay, direction: keyof Transports, transport: TransportInfo): void {
    stay.offered(direction, transport);
    this.#note(stay);
  }

  /** The client of a stay has connected a transport. */
  answered(stay: Stay, transportId: TransportId, dtlsParameters: DtlsParameters): void {
    stay.answered(transportId, dtlsParameters);
    this.#note(stay);
  }

  /** A stay has changed in what only it and its server know: whoever goes on with it is to know. */
  changed(stay: Stay): void {
    if (!stay.isOver) this.#note(stay);
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
   * Refuses new stays, because the server stops. Those with which another process can go on are
   * left to it; every other one ends. Settles when all that these had is freed, each part of which
   * has its own deadline.
   */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#heartbeat.close();
    this.#negotiations.close();
    this.#stayLog?.close();
    await this.#leaveToOthers();
    for (const roomId of this.#rooms.ids()) {
      this.#departures.endAll(roomId, 'server_shutdown', new AppError('shutting_down'));
    }
    await this.#background.settle();
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  #begin(stay: Stay, unreceived: readonly TrackId[]): void {
    if (this.#stayLog !== undefined) this.#background.add(this.#stayLog.noted(stay));
    this.events.emit('stayBegan', { stay });
    if (this.#endedSessions.has(stay.ticket.sessionId)) {
      this.#departures.signOut(stay);
    } else if (unreceived.length > 0) {
      this.#announce(stay, unreceived);
    }
  }

  /** A stay is another one now: whoever goes on with it is to know. */
  #note(stay: Stay): void {
    this.#background.add(this.#negotiations.advanced(stay));
    if (this.#stayLog !== undefined) this.#background.add(this.#stayLog.noted(stay));
  }

  /** Another process wants to go on with a stay. */
  async #handOn({ participantId, received, processId }: Wanted): Promise<HandedOn | undefined> {
    const stay = this.findParticipant(participantId);
    // What was asked for is done before, and its outcome on its way to the client.
    await stay?.settled();
    if (stay === undefined || stay.isOver) {
      // Of one that ended a moment ago the record is gone before this is said.
      await this.#stayLog?.settled(participantId);
      return undefined;
    }
    const record = this.#stayLog?.recordOf(stay);
    const missed = stay.connection.missedAfter(received);
    if (record === undefined || missed === undefined) return { record: null, missed: [] };
    await this.#departures.handOn(stay, processId);
    return { record, missed };
  }

  /** Clients find them at another process, or at the one that comes after this one. */
  async #leaveToOthers(): Promise<void> {
    const log = this.#stayLog;
    const processId = this.#processId;
    if (log === undefined || processId === undefined) return;
    const leave = async (stay: Stay): Promise<void> => {
      await log.written(stay);
      if (stay.isOver || log.recordOf(stay) === undefined) return;
      this.#background.add(this.#departures.handOn(stay, processId));
    };
    await Promise.all(this.#rooms.stays().map(leave));
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
