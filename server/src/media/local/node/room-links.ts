import type { RoomId, TrackId } from '@balai/protocol';
import type { LinkEndpoint, PeerId } from '../../node-media.ts';
import { mediaUnavailable } from '../media-errors.ts';
import type { TellPipeFault } from '../piped-track.ts';
import type { RoomMedia } from '../room-media.ts';
import type { LinkAddress } from './link-pipe.ts';
import { NodeLink } from './node-link.ts';

export interface RoomLinksOptions {
  readonly room: RoomMedia;
  readonly address: LinkAddress;
  /** A link ended, and `close` was not called. */
  readonly tellClosed: (fact: { readonly roomId: RoomId; readonly peerId: PeerId }) => void;
  readonly tellFault: TellPipeFault;
}

/** The links of a room to other nodes: one to each. */
export class RoomLinks {
  readonly #options: RoomLinksOptions;
  readonly #links = new Map<PeerId, NodeLink>();

  constructor(options: RoomLinksOptions) {
    this.#options = options;
  }

  /** @throws AppError `media_unavailable`. */
  async open(peerId: PeerId): Promise<LinkEndpoint> {
    const link = this.#links.get(peerId) ?? this.#create(peerId);
    return await link.open();
  }

  /** @throws AppError `conflict`, `media_unavailable`. */
  async connect(peerId: PeerId, remote: LinkEndpoint): Promise<void> {
    await this.#get(peerId).connect(remote);
  }

  /** @throws AppError `media_unavailable`. */
  async bring(peerId: PeerId, trackIds: readonly TrackId[]): Promise<readonly TrackId[]> {
    return await this.#get(peerId).bring(trackIds);
  }

  /** Idempotent. */
  close(peerId: PeerId): void {
    const link = this.#links.get(peerId);
    this.#links.delete(peerId);
    link?.close();
  }

  /** Ends all of them, and tells the other ends. Idempotent. */
  closeAll(): void {
    for (const peerId of [...this.#links.keys()]) this.close(peerId);
  }

  #get(peerId: PeerId): NodeLink {
    const link = this.#links.get(peerId);
    if (link === undefined) throw mediaUnavailable();
    return link;
  }

  #create(peerId: PeerId): NodeLink {
    const { room, address, tellClosed, tellFault } = this.#options;
    if (room.isClosed) throw mediaUnavailable();
    const place = {};
    const link: NodeLink = new NodeLink({
      room,
      land: () => room.land(place),
      address,
      tellFault,
      tellClosed: () => {
        room.takeOff(place);
        if (this.#links.get(peerId) !== link) return;
        this.#links.delete(peerId);
        tellClosed({ roomId: room.roomId, peerId });
      },
    });
    this.#links.set(peerId, link);
    return link;
  }
}
