import type { RoomId } from '@balai/protocol';

/** Who wants which rooms kept open: a room stays for as long as anybody does. */
export class RoomKeepers<Keeper> {
  readonly #rooms = new Map<RoomId, Set<Keeper>>();

  keepersOf(roomId: RoomId): readonly Keeper[] {
    return [...(this.#rooms.get(roomId) ?? [])];
  }

  roomsOf(keeper: Keeper): readonly RoomId[] {
    return [...this.#rooms].flatMap(([roomId, keepers]) => (keepers.has(keeper) ? [roomId] : []));
  }

  keep(roomId: RoomId, keeper: Keeper): void {
    const keepers = this.#rooms.get(roomId) ?? new Set();
    this.#rooms.set(roomId, keepers.add(keeper));
  }

  /** @returns whether nobody wants the room kept any more. */
  release(roomId: RoomId, keeper: Keeper): boolean {
    const keepers = this.#rooms.get(roomId);
    keepers?.delete(keeper);
    if (keepers?.size === 0) this.#rooms.delete(roomId);
    return !this.#rooms.has(roomId);
  }
}
