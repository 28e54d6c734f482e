import type { DisconnectReason, ParticipantId, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { MediaPlaneEvents } from '../../media/media-plane.ts';
import type { Farewell } from './farewell.ts';
import type { LiveRoom } from './live-room.ts';
import type { LiveRooms } from './live-rooms.ts';
import type { Stay } from './stay.ts';
import type { Suspensions } from './suspensions.ts';

export interface DeparturesOptions {
  readonly rooms: LiveRooms;
  readonly suspensions: Suspensions;
  readonly sayFarewell: Farewell;
  /** Takes what goes on after a stay is over. None of it rejects. */
  readonly goesOn: (work: Promise<void>) => void;
  readonly handOnMedia: (participantId: ParticipantId) => void;
  readonly stayEnded: (stay: Stay) => void;
  readonly roomDeserted: (roomId: RoomId) => void;
}

/** Sees people out, one by one or the whole room. */
export class Departures {
  readonly #options: DeparturesOptions;

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** Ends a stay, and tells the others. Idempotent. */
  end(stay: Stay, reason: DisconnectReason, error?: AppError): void {
    if (stay.isOver) {
      return;
    }
    const room = this.#options.rooms.find(stay.ticket.roomId);
    this.#seeOut(stay, room, reason, error);
    if (room !== undefined) {
      room.remove(stay);
      if (!stay.ticket.grants.hidden) {
        room.record({ type: 'participantLeft', participantId: stay.participantId, reason });
      }
      this.dropIfDeserted(room);
    }
  }

  /**
   * Another process goes on with a stay: nobody is told, and nothing of it is freed. Settles when
   * the other one can.
   *
   * @param processId The other process, where that is not known yet.
   */
  async handOn(stay: Stay, processId?: string): Promise<void> {
    if (stay.isOver) return;
    const { rooms, suspensions, handOnMedia, stayEnded } = this.#options;
    const room = rooms.find(stay.ticket.roomId);
    suspensions.finish(stay);
    stay.handOn();
    stay.connection.close();
    handOnMedia(stay.participantId);
    room?.remove(stay);
    stayEnded(stay);
    if (room === undefined) return;
    if (processId !== undefined) await room.handOn(stay, processId);
    this.dropIfDeserted(room);
  }

  /** Ends every stay of a room; nobody is left to tell. */
  endAll(roomId: RoomId, reason: DisconnectReason, error: AppError): void {
    // Joins under way fail with the closure.
    const room = this.#options.rooms.remove(roomId);
    if (room === undefined) {
      return;
    }
    room.close(error, reason);
    for (const stay of room.stays()) {
      this.#seeOut(stay, room, reason, reason === 'room_closed' ? undefined : error);
      room.remove(stay);
    }
    this.#options.roomDeserted(roomId);
  }

  /** Ends the stays of a room whose media is lost; the others are told. */
  loseMedia({ roomId, participantIds }: MediaPlaneEvents['mediaLost']): void {
    const room = this.#options.rooms.find(roomId);
    const lost = participantIds.flatMap((id) => room?.findParticipant(id) ?? []);
    if (room === undefined || lost.length === 0) {
      return;
    }
    const error = new AppError('media_unavailable');
    if (lost.length === room.stays().length && room.keepers === 0) {
      this.endAll(roomId, 'media_failure', error);
      return;
    }
    for (const stay of lost) {
      this.#seeOut(stay, room, 'media_failure', error);
      room.remove(stay);
    }
    // Nobody of them is told of the others.
    for (const { ticket, participantId } of lost) {
      if (!ticket.grants.hidden) {
        room.record({ type: 'participantLeft', participantId, reason: 'media_failure' });
      }
    }
    this.dropIfDeserted(room);
  }

  /** The session that a stay came from is over. */
  signOut(stay: Stay): void {
    this.end(stay, 'session_revoked', new AppError('unauthorized', 'The session was ended'));
  }

  /** Somebody for whom a room was kept does not need it any more. */
  release(room: LiveRoom): void {
    room.keepers -= 1;
    this.dropIfDeserted(room);
  }

  dropIfDeserted(room: LiveRoom): void {
    const { rooms, roomDeserted } = this.#options;
    if (rooms.isDeserted(room)) {
      rooms.remove(room.roomId);
      room.close(new AppError('conflict', 'The room is deserted'));
      roomDeserted(room.roomId);
    }
  }

  /** The room is the caller's matter. */
  #seeOut(
    stay: Stay,
    room: LiveRoom | undefined,
    reason: DisconnectReason,
    error: AppError | undefined,
  ): void {
    const { suspensions, sayFarewell, goesOn, stayEnded } = this.#options;
    suspensions.finish(stay);
    const tracks = room?.tracksOf(stay.participantId) ?? [];
    for (const work of sayFarewell(stay, { reason, error, tracks })) {
      goesOn(work);
    }
    stayEnded(stay);
  }
}
