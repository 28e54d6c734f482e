import type { ParticipantId, ParticipantInfo, RoomId, TrackId } from '@balai/protocol';
import { AppError } from '../../../kernel/app-error.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { withDeadline } from '../../../kernel/deadline.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { RoomTicket } from '../../../kernel/route.ts';
import type { AdoptableMedia } from '../../../media/adoptable-media.ts';
import type { MediaPlane } from '../../../media/media-plane.ts';
import type { PersonMedia } from '../../../media/node-media.ts';
import type { Inquiries, Topic } from '../../../store/redis/inquiries.ts';
import type { Connection, MissedMessage } from '../connection.ts';
import { type AdmitTicket, type GetRoom, type RoomFacts, roomInfoOf } from '../join-desk.ts';
import { JoinPace } from '../join-pace.ts';
import type { LiveRoom } from '../live-room.ts';
import type { Seats } from '../seats.ts';
import { Stay } from '../stay.ts';
import type { StayRecord, StayRecords } from './stay-records.ts';

const MEDIA_TIMEOUT_MS = 10_000;
/** For the process that has the stay, if it lives. One that is dead is not waited for. */
const HAND_ON_WITHIN_MS = 1_500;
/** Of who comes while another process is about to go on with the stay. */
const CLAIMED_RETRY_MS = 300;

/** Which stay another process is asked for. */
export interface Wanted {
  readonly roomId: RoomId;
  readonly participantId: ParticipantId;
  /** How many messages its client has. */
  readonly received: number;
  /** Who wants to go on with it. */
  readonly processId: string;
}

/** What the process says that had a stay. */
export interface HandedOn {
  /** Null where nobody else can go on with it now. */
  readonly record: StayRecord | null;
  readonly missed: readonly MissedMessage[];
}

const STAY: Topic<Wanted, HandedOn> = { name: 'stay' };

/** What it takes that stays go on with another process than they began with. */
export interface Handover {
  readonly records: StayRecords;
  readonly media: AdoptableMedia;
  readonly inquiries: Inquiries;
  /** Of this process, for the others. */
  readonly processId: string;
  /** Whether the bearer was sent out of the room since the ticket was issued. @throws AppError `unavailable`. */
  readonly wasSentOut: (ticket: RoomTicket) => Promise<boolean>;
}

export interface AdoptionsOptions extends Handover {
  readonly seats: Pick<Seats, 'refresh'>;
  readonly leaveMedia: MediaPlane['leave'];
  readonly getRoom: GetRoom;
  readonly admitTicket: AdmitTicket;
  /** Lets go of a stay of this process; undefined where there is none. */
  readonly handOn: (wanted: Wanted) => Promise<HandedOn | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A client that comes with the stay that it had with another process. */
export interface AdoptionRequest {
  readonly participantId: ParticipantId;
  /** Of the token that came along: a stay is carried on for its owner only. */
  readonly ticket: RoomTicket;
  /** How many messages it has. */
  readonly received: number;
  /** Opens the way to the client, for as long as it may be away. */
  readonly open: (graceMs: number) => Connection;
}

/** A stay that goes on here. */
export interface Adopted {
  readonly stay: Stay;
  /** Tracks that the snapshot names without a subscription. */
  readonly unreceived: readonly TrackId[];
}

/**
 * Goes on with stays that began with another process: one that was killed, or that the client
 * does not reach any more. Their media does not notice. Where what is known of a stay does not
 * fit what the media plane has of it, its client joins anew: nothing is guessed.
 */
export class Adoptions {
  readonly #options: AdoptionsOptions;
  /** It costs as much as a join, and more than one process may be asked for it. */
  readonly #pace: JoinPace;

  constructor(options: AdoptionsOptions) {
    this.#options = options;
    this.#pace = new JoinPace(options.clock);
    options.inquiries.answer(STAY, options.handOn);
  }

  /**
   * The way to the client counts as open, whatever becomes of its socket meanwhile.
   *
   * @throws AppError `stay_over` for who has to join anew; what keeps somebody out: `banned`,
   * `room_ended`; `rate_limited`; `unavailable` while another process is about to do it.
   */
  async adopt(room: LiveRoom, request: AdoptionRequest): Promise<Adopted> {
    const { records, logger } = this.#options;
    const { participantId, ticket } = request;
    const { roomId } = room;
    this.#pace.take(`${roomId} ${personOf(ticket)}`);
    const known = await records.find(roomId, participantId);
    if (known === null || personOf(known.ticket) !== personOf(ticket)) {
      throw new AppError('stay_over');
    }
    const release = await records.claim(roomId, participantId);
    if (release === undefined) {
      throw new AppError('unavailable', 'Another server process is about to go on with the stay', {
        retryAfterMs: CLAIMED_RETRY_MS,
      });
    }
    try {
      return await this.#goOn(room, request, known);
    } finally {
      // Nobody waits for it: who has the stay can be asked for it from here on.
      release().catch((error: unknown) => {
        logger.info({ err: error, participantId }, 'the claim of a stay ends by itself');
      });
    }
  }

  async #goOn(room: LiveRoom, request: AdoptionRequest, known: StayRecord): Promise<Adopted> {
    const { roomId, infoChanges } = room;
    const { participantId } = request;
    const facts = await this.#admit(room, known);
    const handed = await this.#ask(room, request);
    // Who had it and has it no more has forgotten the record by now.
    const record =
      handed === undefined
        ? await this.#options.records.find(roomId, participantId)
        : handed.record;
    if (record === null || record.ticket.role !== known.ticket.role) {
      throw new AppError('stay_over');
    }
    try {
      const media = await this.#adoptMedia(room, record);
      try {
        const info = handed === undefined ? this.#look(room, record) : record.info;
        if (info === undefined || !isTrue(record, info, media)) throw new AppError('stay_over');
        if (room.closure !== undefined) throw room.closure;
        return this.#enter(room, request, {
          record,
          info,
          media,
          missed: handed?.missed ?? [],
          roomInfo: roomInfoOf(room.infoChanges === infoChanges ? facts : (room.info ?? facts)),
        });
      } catch (error) {
        await this.#leaveMedia(participantId);
        throw error;
      }
    } catch (error) {
      // Who handed it on has it no more, and who was not heard of has to see that it is over.
      if (room.closure === undefined) room.giveUp(participantId);
      throw error;
    }
  }

  /** Who may not go on does not. @returns the room as it is now. */
  async #admit(room: LiveRoom, { ticket, participantId }: StayRecord): Promise<RoomFacts> {
    const { getRoom, admitTicket, wasSentOut, seats } = this.#options;
    const { roomId } = room;
    const [facts, admitted, isSentOut] = await Promise.all([
      getRoom(roomId),
      admitTicket(ticket, true),
      wasSentOut(ticket),
      room.ready(),
    ]);
    if (facts.status !== 'active') throw new AppError('room_ended');
    // Meanwhile they were given another role: with it they join.
    if (isSentOut || admitted.role !== ticket.role) throw new AppError('stay_over');
    // Whoever has their seat is there instead of them: nobody is there twice.
    const { userId } = ticket;
    const lost = await seats.refresh(roomId, [{ roomId, userId, participantId }]);
    if (lost.length > 0) throw new AppError('stay_over');
    return facts;
  }

  /** As the other process last said that somebody is. */
  #look(room: LiveRoom, { participantId, ticket, info }: StayRecord): ParticipantInfo | undefined {
    return ticket.grants.hidden ? info : room.infoOf(participantId);
  }

  /** @returns undefined where no process has the stay any more. */
  async #ask(room: LiveRoom, request: AdoptionRequest): Promise<HandedOn | undefined> {
    const { inquiries, processId, logger } = this.#options;
    const { roomId } = room;
    const { participantId, received } = request;
    const wanted = { roomId, participantId, received, processId };
    try {
      return await inquiries.find(STAY, wanted, HAND_ON_WITHIN_MS);
    } catch (error) {
      // It hears of it as soon as it hears anything again.
      logger.info({ err: error, participantId }, 'a stay is taken over without being asked for');
      return undefined;
    }
  }

  async #adoptMedia(room: LiveRoom, { participantId, location }: StayRecord): Promise<PersonMedia> {
    const { media, logger } = this.#options;
    try {
      return await withDeadline(
        media.adopt(participantId, room.roomId, location),
        MEDIA_TIMEOUT_MS,
        'the media plane',
      );
    } catch (error) {
      logger.info({ err: error, participantId }, 'the media of a stay is gone, and so is the stay');
      // What comes too late would be nobody's.
      await this.#leaveMedia(participantId);
      throw new AppError('stay_over');
    }
  }

  /** Nothing here waits: between the look at the room and the entry in it nothing can happen. */
  #enter(
    room: LiveRoom,
    { open }: AdoptionRequest,
    facts: {
      readonly record: StayRecord;
      readonly info: ParticipantInfo;
      readonly media: PersonMedia;
      readonly missed: readonly MissedMessage[];
      readonly roomInfo: ReturnType<typeof roomInfoOf>;
    },
  ): Adopted {
    const { record, info: self, media, missed, roomInfo } = facts;
    const { participantId, ticket, transports, canMove, graceMs } = record;
    const connection = open(graceMs);
    const joinedAt = new Date(record.joinedAt);
    const stay = new Stay({ participantId, ticket, connection, joinedAt, transports, canMove });
    for (const [transportId, answer] of record.answers) stay.answered(transportId, answer);
    for (const [trackId, name] of record.clientTrackIds) stay.clientTrackIds.set(trackId, name);
    for (const [kind, ids] of record.told) stay.told.set(kind, [...ids]);
    for (const [roomId, shownAs] of record.shownIn) stay.shownIn.set(roomId, shownAs);
    for (const trackId of record.withheld) stay.withheld.add(trackId);
    const present = new Set(room.trackIds(participantId));
    const subscriptions = media.subscriptions.filter(({ trackId }) => present.has(trackId));
    const { roomId } = room;
    connection.enter(roomId);
    connection.recover(
      {
        room: roomInfo,
        self,
        grants: ticket.grants,
        participants: room.participants().filter((one) => one.participantId !== participantId),
        subscriptions,
        dataReception: media.dataReception,
      },
      missed,
    );
    room.adopt(stay, self);
    const received = new Set(subscriptions.map(({ trackId }) => trackId));
    this.#options.logger.info({ roomId, participantId }, 'a stay of another process goes on');
    const isMissing = (id: TrackId) => !received.has(id) && !stay.withheld.has(id);
    return { stay, unreceived: [...present].filter(isMissing) };
  }

  async #leaveMedia(participantId: ParticipantId): Promise<void> {
    const { leaveMedia, logger } = this.#options;
    try {
      await withDeadline(leaveMedia(participantId), MEDIA_TIMEOUT_MS, 'the media plane');
    } catch (error) {
      logger.error({ err: error, participantId }, 'the media of a stay that is over was not freed');
    }
  }
}

function personOf({ bearerId, userId }: RoomTicket): string {
  return bearerId ?? userId;
}

/** Whether what is written of a stay is what the media plane has of it. */
function isTrue(
  { transports, clientTrackIds }: StayRecord,
  { tracks }: ParticipantInfo,
  media: PersonMedia,
): boolean {
  const { send, receive } = transports;
  const named = new Set(clientTrackIds.map(([trackId]) => trackId));
  const seen = new Set(tracks.map(({ trackId }) => trackId));
  return (
    send?.transportId === media.sendTransport?.transportId &&
    receive?.transportId === media.receiveTransport?.transportId &&
    seen.size === media.trackIds.length &&
    media.trackIds.every((trackId) => seen.has(trackId) && named.has(trackId))
  );
}
