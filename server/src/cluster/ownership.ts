import type { ParticipantId, RoomId } from '@balai/protocol';

/** Which replica's people are on this node: each belongs to one `Owner`. */
export class Ownership<Owner> {
  readonly #people = new Map<ParticipantId, { readonly owner: Owner; readonly roomId: RoomId }>();
  readonly #byOwner = new Map<Owner, Set<ParticipantId>>();
  /** How many people of each owner a room has. */
  readonly #rooms = new Map<RoomId, Map<Owner, number>>();

  /** Everybody. */
  get size(): number {
    return this.#people.size;
  }

  ownerOf(participantId: ParticipantId): Owner | undefined {
    return this.#people.get(participantId)?.owner;
  }

  roomOf(participantId: ParticipantId): RoomId | undefined {
    return this.#people.get(participantId)?.roomId;
  }

  /** Whoever has people in a room. */
  ownersIn(roomId: RoomId): readonly Owner[] {
    return [...(this.#rooms.get(roomId)?.keys() ?? [])];
  }

  peopleOf(owner: Owner): readonly ParticipantId[] {
    return [...(this.#byOwner.get(owner) ?? [])];
  }

  /** Gives somebody to an owner, who takes them from the one before. */
  give(participantId: ParticipantId, roomId: RoomId, owner: Owner): void {
    this.remove(participantId);
    this.#people.set(participantId, { owner, roomId });
    const people = this.#byOwner.get(owner) ?? new Set();
    this.#byOwner.set(owner, people.add(participantId));
    const room = this.#rooms.get(roomId) ?? new Map<Owner, number>();
    this.#rooms.set(roomId, room.set(owner, (room.get(owner) ?? 0) + 1));
  }

  remove(participantId: ParticipantId): void {
    const person = this.#people.get(participantId);
    if (person === undefined) return;
    const { owner, roomId } = person;
    this.#people.delete(participantId);
    const people = this.#byOwner.get(owner);
    people?.delete(participantId);
    if (people?.size === 0) this.#byOwner.delete(owner);
    const room = this.#rooms.get(roomId);
    const left = (room?.get(owner) ?? 0) - 1;
    if (left > 0) room?.set(owner, left);
    else room?.delete(owner);
    if (room?.size === 0) this.#rooms.delete(roomId);
  }
}
