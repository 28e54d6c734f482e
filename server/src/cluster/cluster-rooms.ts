import type { ParticipantId, RoomId, TrackId } from '@balai/protocol';
import type { AudioLevel } from '../media/media-plane.ts';
import type { ClusterNodes } from './cluster-nodes.ts';
import { ClusterRoom } from './cluster-room.ts';
import { forgetForward, forwardsOf, unforward } from './forwards.ts';
import type { RoomPlaces } from './room-places.ts';

export interface ClusterRoomsOptions {
  readonly places: RoomPlaces;
  readonly nodes: Pick<ClusterNodes, 'find'>;
  readonly tellLevels: (roomId: RoomId, levels: readonly AudioLevel[]) => void;
  /** Hears what went wrong in the background. */
  readonly tellFault: (error: unknown) => void;
}

/** The rooms with which one replica has anything to do. */
export class ClusterRooms {
  readonly #options: ClusterRoomsOptions;
  readonly #rooms = new Map<RoomId, ClusterRoom>();

  constructor(options: ClusterRoomsOptions) {
    this.#options = options;
  }

  find(roomId: RoomId): ClusterRoom | undefined {
    return this.#rooms.get(roomId);
  }

  list(): readonly ClusterRoom[] {
    return [...this.#rooms.values()];
  }

  getOrCreate(roomId: RoomId): ClusterRoom {
    const present = this.#rooms.get(roomId);
    if (present !== undefined) return present;
    const { nodes, places, tellLevels, tellFault } = this.#options;
    const room = new ClusterRoom({
      roomId,
      places,
      findNode: (peerId) => nodes.find(peerId),
      tellLevels: (levels) => tellLevels(roomId, levels),
      tellFault,
    });
    this.#rooms.set(roomId, room);
    return room;
  }

  forgetIfDeserted(room: ClusterRoom): void {
    if (!room.isDeserted || this.#rooms.get(room.roomId) !== room) return;
    this.#rooms.delete(room.roomId);
    room.close();
  }

  /** The last of this replica's people has left a room. */
  vacated(room: ClusterRoom): void {
    this.#inBackground(this.#endForwards(room));
    this.forgetIfDeserted(room);
  }

  /** A track is gone, and with it what was forwarded of it to other rooms. */
  forgetForwardsOf(participantId: ParticipantId, trackId: TrackId): void {
    for (const room of this.#rooms.values()) {
      for (const forwardedId of forwardsOf(room, participantId, trackId)) {
        this.#inBackground(this.#forgetForward(room, forwardedId));
      }
    }
  }

  /** What is forwarded to a room ends with its people, of whom this replica has none any more. */
  async #endForwards(room: ClusterRoom): Promise<void> {
    if (room.forwards.size === 0 || (await room.hasPeople())) return;
    await Promise.all([...room.forwards.keys()].map((trackId) => unforward(room, trackId)));
    this.forgetIfDeserted(room);
  }

  async #forgetForward(room: ClusterRoom, trackId: TrackId): Promise<void> {
    await forgetForward(room, trackId);
    this.forgetIfDeserted(room);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.tellFault(error));
  }
}
