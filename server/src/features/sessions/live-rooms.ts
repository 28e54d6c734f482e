import type { Identity, ParticipantId, ParticipantRole, RoomId } from '@balai/protocol';
import type { UserId } from '../../kernel/route.ts';
import { LiveRoom, type LiveRoomOptions } from './live-room.ts';
import type { Seat } from './seats.ts';
import type { Stay } from './stay.ts';

/** Somebody who is in a room of this process. */
export interface Present {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly role: ParticipantRole;
}

/** The rooms of this process: those in which somebody is or is about to be, or is shown. */
export class LiveRooms {
  readonly #optionsOf: (roomId: RoomId) => LiveRoomOptions;
  readonly #rooms = new Map<RoomId, LiveRoom>();

  constructor(optionsOf: (roomId: RoomId) => LiveRoomOptions) {
    this.#optionsOf = optionsOf;
  }

  find(roomId: RoomId): LiveRoom | undefined {
    return this.#rooms.get(roomId);
  }

  /** The room for somebody who needs it, such as a join that begins: it lives on until it is released. */
  keep(roomId: RoomId): LiveRoom {
    const room = this.#rooms.get(roomId) ?? new LiveRoom(this.#optionsOf(roomId));
    this.#rooms.set(roomId, room);
    room.keepers += 1;
    return room;
  }

  /** Takes a room out; from here on a join makes a new one. */
  remove(roomId: RoomId): LiveRoom | undefined {
    const room = this.#rooms.get(roomId);
    this.#rooms.delete(roomId);
    return room;
  }

  /** Whether nobody is in the room, or needs it, and no other one took its place. */
  isDeserted(room: LiveRoom): boolean {
    return room.isEmpty && room.keepers === 0 && this.#rooms.get(room.roomId) === room;
  }

  ids(): RoomId[] {
    return [...this.#rooms.keys()];
  }

  stays(): Stay[] {
    return [...this.#rooms.values()].flatMap((room) => room.stays());
  }

  findStay(roomId: RoomId, identity: Identity): Stay | undefined {
    return this.#rooms.get(roomId)?.findStay(identity);
  }

  findStayOf(roomId: RoomId, userId: UserId): Stay | undefined {
    return this.#rooms.get(roomId)?.findStayOf(userId);
  }

  findParticipant(participantId: ParticipantId): Stay | undefined {
    for (const room of this.#rooms.values()) {
      const stay = room.findParticipant(participantId);
      if (stay !== undefined) {
        return stay;
      }
    }
    return undefined;
  }

  /** Who is there; not who checks the connection. */
  present(): Present[] {
    return this.stays().flatMap(({ ticket: { roomId, userId, role, checkEndsAt } }) =>
      checkEndsAt === undefined ? [{ roomId, userId, role }] : [],
    );
  }

  /** Where people signed in who are there. */
  signedInSessions(): { readonly userId: UserId; readonly sessionId: string }[] {
    return this.stays().flatMap(({ ticket: { userId, sessionId } }) =>
      sessionId === null ? [] : [{ userId, sessionId }],
    );
  }

  *heldSeats(): Iterable<readonly [RoomId, readonly Seat[]]> {
    for (const room of [...this.#rooms.values()]) {
      const seats = room.seats();
      if (seats.length > 0) {
        yield [room.roomId, seats];
      }
    }
  }
}
