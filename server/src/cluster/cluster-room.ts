import type {
  MediaKind,
  ParticipantId,
  RoomId,
  SubscriptionId,
  TrackId,
  TransportId,
} from '@balai/protocol';
import { RoomLevels } from '../media/local/room-levels.ts';
import type { AudioLevel } from '../media/media-plane.ts';
import type { PeerId } from '../media/node-media.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import { NodeLinks } from './node-links.ts';
import type { RoomPlaces } from './room-places.ts';

/** Somebody of this replica, from the moment on in which a node is asked to take them. */
export interface ClusterPerson {
  readonly participantId: ParticipantId;
  readonly room: ClusterRoom;
  readonly node: ClusterNode;
  readonly isReceiveOnly: boolean;
  /** What they publish. */
  readonly trackIds: Set<TrackId>;
  /** What they were given that comes from other nodes. */
  readonly received: Map<TrackId, PeerId>;
  /** `lost`: while they came in, the node lost what they had there by then. */
  state: 'entering' | 'in' | 'lost';
  /** Filled for who has moved here, as long as they have media elsewhere too. */
  readonly transportIds: Set<TransportId>;
  readonly subscriptionIds: Set<SubscriptionId>;
  /** Whether they send data from here. */
  sendsData: boolean;
}

/** Somebody who has nothing yet. */
export function newPerson(
  who: Pick<ClusterPerson, 'participantId' | 'room' | 'node' | 'isReceiveOnly'>,
): ClusterPerson {
  return {
    ...who,
    state: 'entering',
    trackIds: new Set(),
    received: new Map(),
    transportIds: new Set(),
    subscriptionIds: new Set(),
    sendsData: false,
  };
}

/** A track that is forwarded to a room. */
interface Forward {
  readonly node: ClusterNode;
  /** Whose it is, and which of theirs. */
  readonly participantId: ParticipantId;
  readonly sourceTrackId: TrackId;
}

export interface ClusterRoomOptions {
  readonly roomId: RoomId;
  readonly places: RoomPlaces;
  readonly findNode: (peerId: PeerId) => ClusterNode | undefined;
  readonly tellLevels: (levels: readonly AudioLevel[]) => void;
  /** Hears what went wrong in the background. */
  readonly tellFault: (error: unknown) => void;
}

/** A room over several nodes, as one replica sees it. */
export class ClusterRoom {
  readonly roomId: RoomId;
  readonly links: NodeLinks;
  readonly levels: RoomLevels;
  readonly people = new Set<ClusterPerson>();
  /** Tracks that are forwarded here. */
  readonly forwards = new Map<TrackId, Forward>();
  /** How many tracks are about to be. */
  pendingForwards = 0;
  readonly #options: ClusterRoomOptions;
  readonly #tracks = new Map<TrackId, PeerId>();
  readonly #allowed = new Map<MediaKind, readonly TrackId[] | 'all'>();
  /** Nodes that know what holds in the room, or are about to. */
  readonly #ruled = new Map<PeerId, Promise<void>>();
  #preferred: readonly TrackId[] | undefined;

  constructor(options: ClusterRoomOptions) {
    this.roomId = options.roomId;
    this.#options = options;
    this.links = new NodeLinks(options.roomId);
    this.levels = new RoomLevels(options.tellLevels);
  }

  /** Nodes with people of this replica, and those that tracks are forwarded on. */
  get nodes(): readonly ClusterNode[] {
    const all = [...this.people, ...this.forwards.values()].map(({ node }) => node);
    return [...new Map(all.map((node) => [node.peerId, node])).values()];
  }

  /** Whether this replica has nothing to do with it any more. */
  get isDeserted(): boolean {
    return this.people.size === 0 && this.forwards.size === 0 && this.pendingForwards === 0;
  }

  /** Whether any replica has people in it. @throws AppError `unavailable`. */
  async hasPeople(): Promise<boolean> {
    return this.people.size > 0 || (await this.#options.places.findNodes(this.roomId)).size > 0;
  }

  countOn(node: ClusterNode): number {
    return [...this.people].filter((person) => person.node === node).length;
  }

  /** How many people of this replica publish. */
  get publishers(): number {
    return [...this.people].filter(({ trackIds }) => trackIds.size > 0).length;
  }

  /** Other replicas find it once this settles. Never rejects: the next renewal says it again. */
  async addTrack(trackId: TrackId, node: ClusterNode): Promise<void> {
    this.#tracks.set(trackId, node.peerId);
    try {
      await this.#options.places.addTrack(this.roomId, trackId, node.peerId);
    } catch (error) {
      this.#options.tellFault(error);
    }
  }

  removeTrack(trackId: TrackId): void {
    if (!this.#tracks.delete(trackId)) return;
    this.#inBackground(this.#options.places.removeTrack(this.roomId, trackId));
  }

  /** Another replica says where the track is from now on. */
  leaveTrack(trackId: TrackId): void {
    if (this.#tracks.delete(trackId)) this.#options.places.leaveTrack(this.roomId, trackId);
  }

  /** Something of this replica is gone from a node: if it was the last, nothing is heard of it any more. */
  noteGone(node: ClusterNode): void {
    // Who is only coming in finds the room there as it begins anew.
    const isThere = (one: { readonly node: ClusterNode }) => one.node.peerId === node.peerId;
    const present = [...this.people].filter(({ state }) => state === 'in');
    if (![...present, ...this.forwards.values()].some(isThere)) this.forgetRules(node);
    if (this.nodes.some(({ peerId }) => peerId === node.peerId)) return;
    this.links.release(node.peerId);
    this.levels.remove(node);
  }

  /** How many people of this replica are on a node has changed. */
  noteNode(node: ClusterNode): Promise<void> {
    return this.#options.places.setPeople(this.roomId, node.peerId, this.countOn(node));
  }

  noteNodeInBackground(node: ClusterNode): void {
    this.#inBackground(this.noteNode(node));
  }

  /** Links a node with all others that the room is on. A link that fails is tried again when it is needed. */
  async linkAll(node: ClusterNode): Promise<void> {
    const elsewhere = await this.#options.places.findNodes(this.roomId);
    const peers = new Set([...elsewhere.keys(), ...this.nodes.map(({ peerId }) => peerId)]);
    peers.delete(node.peerId);
    await Promise.all(
      [...peers].map(async (peerId) => {
        const peer = this.#options.findNode(peerId);
        if (peer === undefined) return;
        try {
          await this.links.link(node, peer);
        } catch (error) {
          // Where the room just begins or ends there, too, somebody else links them.
          this.#options.tellFault(error);
        }
      }),
    );
  }

  /** What holds in the room, for a node that it has come to. Once for each, unless that failed. */
  async tellRules({ peerId, media }: ClusterNode): Promise<void> {
    const telling = this.#ruled.get(peerId) ?? this.#tellRules(media);
    this.#ruled.set(peerId, telling);
    try {
      await telling;
    } catch (error) {
      if (this.#ruled.get(peerId) === telling) this.#ruled.delete(peerId);
      throw error;
    }
  }

  /** A node may have lost the room, and with it what it was told. */
  forgetRules({ peerId }: ClusterNode): void {
    this.#ruled.delete(peerId);
  }

  async allow(kind: MediaKind, trackIds: readonly TrackId[] | 'all'): Promise<void> {
    this.#allowed.set(kind, trackIds);
    await this.#atAll(({ media }) => media.allowTracks(this.roomId, kind, trackIds));
  }

  async prefer(trackIds: readonly TrackId[]): Promise<void> {
    this.#preferred = trackIds;
    await this.#atAll(({ media }) => media.preferTracks(this.roomId, trackIds));
  }

  /**
   * Where tracks are that are not on this node. Those of nobody are missing.
   *
   * @throws AppError `unavailable`.
   */
  async findElsewhere(
    node: ClusterNode,
    trackIds: readonly TrackId[],
  ): Promise<ReadonlyMap<TrackId, PeerId>> {
    const unknown = trackIds.filter((trackId) => !this.#tracks.has(trackId));
    const found =
      unknown.length > 0
        ? await this.#options.places.findTracks(this.roomId, unknown)
        : new Map<TrackId, PeerId>();
    return new Map(
      trackIds.flatMap((trackId) => {
        const peerId = this.#tracks.get(trackId) ?? found.get(trackId);
        return peerId === undefined || peerId === node.peerId ? [] : [[trackId, peerId] as const];
      }),
    );
  }

  /**
   * Has tracks come to a node, from one that they are on. Never rejects: what does not come is
   * as if it had ended.
   *
   * @returns those that are there.
   */
  async bring(
    node: ClusterNode,
    peerId: PeerId,
    trackIds: readonly TrackId[],
  ): Promise<readonly TrackId[]> {
    const peer = this.#options.findNode(peerId);
    if (peer === undefined) return [];
    try {
      await this.links.link(node, peer);
      try {
        return await node.media.bringTracks(this.roomId, peerId, trackIds);
      } catch {
        // The link ended, of which we have not heard yet.
        this.links.closed(node.peerId, peerId);
        await this.links.link(node, peer);
        return await node.media.bringTracks(this.roomId, peerId, trackIds);
      }
    } catch (error) {
      this.#options.tellFault(error);
      return [];
    }
  }

  /** Nobody of this replica is there any more. */
  close(): void {
    this.levels.close();
  }

  async #atAll(command: (node: ClusterNode) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.nodes.map(command));
    for (const result of results) {
      // The others have to know, whatever becomes of one node.
      if (result.status === 'rejected') this.#options.tellFault(result.reason);
    }
  }

  async #tellRules(media: ClusterNode['media']): Promise<void> {
    await Promise.all([
      ...[...this.#allowed].map(([kind, tracks]) => media.allowTracks(this.roomId, kind, tracks)),
      ...(this.#preferred ? [media.preferTracks(this.roomId, this.#preferred)] : []),
    ]);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => this.#options.tellFault(error));
  }
}
