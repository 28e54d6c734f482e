import type { RoomId, TrackId } from '@balai/protocol';
import type { PeerId } from '../media/node-media.ts';
import type { RoomPlaces } from './room-places.ts';

/** Where rooms are, for replicas of one process. */
export class MemoryRoomPlaces {
  readonly #people = new Map<RoomId, Map<string, { peerId: PeerId; people: number }>>();
  readonly #tracks = new Map<TrackId, PeerId>();

  /** As one replica sees it. */
  of(replicaId: string): RoomPlaces {
    return {
      setPeople: async (roomId, peerId, people) => {
        const room = this.#people.get(roomId) ?? new Map();
        this.#people.set(roomId, room);
        if (people > 0) room.set(`${peerId} ${replicaId}`, { peerId, people });
        else room.delete(`${peerId} ${replicaId}`);
      },
      findNodes: async (roomId) => {
        const found = new Map<PeerId, number>();
        for (const { peerId, people } of this.#people.get(roomId)?.values() ?? []) {
          found.set(peerId, (found.get(peerId) ?? 0) + people);
        }
        return found;
      },
      addTrack: async (_roomId, trackId, peerId) => {
        this.#tracks.set(trackId, peerId);
      },
      removeTrack: async (_roomId, trackId) => {
        this.#tracks.delete(trackId);
      },
      leaveTrack: () => undefined,
      findTracks: async (_roomId, trackIds) =>
        new Map(
          trackIds.flatMap((trackId) => {
            const peerId = this.#tracks.get(trackId);
            return peerId === undefined ? [] : [[trackId, peerId] as const];
          }),
        ),
    };
  }
}
