import type { RoomId } from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import type { LinkEndpoint, PeerId } from '../media/node-media.ts';
import type { ClusterNode } from './cluster-nodes.ts';

/** An end that belongs to nothing any more may be found a few times: several replicas link at once. */
const ATTEMPTS = 3;

interface Link {
  readonly one: ClusterNode;
  readonly other: ClusterNode;
  /** Settles when both ends are connected. */
  readonly connected: Promise<readonly [LinkEndpoint, LinkEndpoint]>;
}

/** The links of one room between the nodes that it is on, as far as this replica made them. */
export class NodeLinks {
  readonly #roomId: RoomId;
  readonly #links = new Map<string, Link>();

  constructor(roomId: RoomId) {
    this.#roomId = roomId;
  }

  /**
   * Links two nodes, once for all who ask.
   *
   * @throws AppError `media_unavailable`, also where the room has no media on one of them.
   */
  async link(one: ClusterNode, other: ClusterNode): Promise<void> {
    const key = keyOf(one.peerId, other.peerId);
    const present = this.#links.get(key);
    if (present !== undefined) {
      await present.connected;
      return;
    }
    const link: Link = { one, other, connected: this.#connect(one, other) };
    this.#links.set(key, link);
    try {
      await link.connected;
    } catch (error) {
      this.#forget(key, link);
      throw error;
    }
  }

  /** A node tells that its end is closed. The other one may not have heard of it. */
  closed(peerId: PeerId, otherPeerId: PeerId): void {
    const key = keyOf(peerId, otherPeerId);
    const link = this.#links.get(key);
    if (link === undefined) return;
    this.#forget(key, link);
    this.#closeBoth(link);
  }

  /** A worker of a node died: links that ended there are closed at the other end, too. */
  async verify(peerId: PeerId): Promise<void> {
    await Promise.all(
      [...this.#links]
        .filter(([, { one, other }]) => one.peerId === peerId || other.peerId === peerId)
        .map(async ([key, link]) => {
          try {
            const ends = await link.connected;
            await this.#connectEnds(link.one, link.other, ends);
          } catch {
            // Whatever the reason is: an end that cannot be connected again is of no use.
            this.#forget(key, link);
            this.#closeBoth(link);
          }
        }),
    );
  }

  /**
   * Nobody of this replica is on a node any more, and so nothing is heard of its links. They
   * last as long as others have the room there, and are to be looked at before they are used again.
   */
  release(peerId: PeerId): void {
    for (const [key, { one, other }] of [...this.#links]) {
      if (one.peerId === peerId || other.peerId === peerId) this.#links.delete(key);
    }
  }

  /** A node is gone for ever. */
  lost(peerId: PeerId): void {
    for (const [key, link] of [...this.#links]) {
      if (link.one.peerId !== peerId && link.other.peerId !== peerId) continue;
      this.#forget(key, link);
      this.#closeBoth(link);
    }
  }

  async #connect(one: ClusterNode, other: ClusterNode): Promise<[LinkEndpoint, LinkEndpoint]> {
    for (let attempt = 1; ; attempt += 1) {
      const ends = await Promise.all([
        one.media.openLink(this.#roomId, other.peerId),
        other.media.openLink(this.#roomId, one.peerId),
      ]);
      try {
        await this.#connectEnds(one, other, ends);
        return ends;
      } catch (error) {
        // One of the ends is left over from a link whose other end is gone.
        const isLeftOver = error instanceof AppError && error.code === 'conflict';
        if (!isLeftOver || attempt === ATTEMPTS) throw error;
        await Promise.all([
          one.media.closeLink(this.#roomId, other.peerId),
          other.media.closeLink(this.#roomId, one.peerId),
        ]);
      }
    }
  }

  async #connectEnds(
    one: ClusterNode,
    other: ClusterNode,
    [ofOne, ofOther]: readonly [LinkEndpoint, LinkEndpoint],
  ): Promise<void> {
    await Promise.all([
      one.media.connectLink(this.#roomId, other.peerId, ofOther),
      other.media.connectLink(this.#roomId, one.peerId, ofOne),
    ]);
  }

  #forget(key: string, link: Link): void {
    if (this.#links.get(key) === link) this.#links.delete(key);
  }

  /** Nobody waits for it: an end that is not told notices by itself. */
  #closeBoth({ one, other }: Link): void {
    void Promise.allSettled([
      one.media.closeLink(this.#roomId, other.peerId),
      other.media.closeLink(this.#roomId, one.peerId),
    ]);
  }
}

function keyOf(one: PeerId, other: PeerId): string {
  return [one, other].sort().join(' ');
}
