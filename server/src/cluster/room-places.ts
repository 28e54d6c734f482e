import type { RoomId, TrackId } from '@balai/protocol';
import type { PeerId } from '../media/node-media.ts';

/**
 * On which nodes rooms are, and where their tracks are, for all control replicas. Each says what
 * its own people do; what a replica says lasts for a lease that it renews.
 *
 * Every method throws AppError `unavailable` where that cannot be said or found out.
 */
export interface RoomPlaces {
  /** So many people of this replica are on a node; 0 for none any more. */
  setPeople(roomId: RoomId, peerId: PeerId, people: number): Promise<void>;
  /** Nodes on which the room has people of any replica, with their number. */
  findNodes(roomId: RoomId): Promise<ReadonlyMap<PeerId, number>>;
  /** A track of somebody of this replica is published on a node. */
  addTrack(roomId: RoomId, trackId: TrackId, peerId: PeerId): Promise<void>;
  removeTrack(roomId: RoomId, trackId: TrackId): Promise<void>;
  /** From now on another replica says where the track is. */
  leaveTrack(roomId: RoomId, trackId: TrackId): void;
  /** Those that are not known to be published are missing. */
  findTracks(roomId: RoomId, trackIds: readonly TrackId[]): Promise<ReadonlyMap<TrackId, PeerId>>;
}
