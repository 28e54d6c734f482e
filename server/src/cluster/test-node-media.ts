import type { ParticipantId, RoomId, TrackId } from '@balai/protocol';
import { FakeMediaPlane } from '../features/sessions/testing/fake-media-plane.ts';
import { AppError } from '../kernel/app-error.ts';
import { Emitter } from '../kernel/emitter.ts';
import type {
  LinkEndpoint,
  NodeMedia,
  NodeMediaEvents,
  PeerId,
  PersonMedia,
} from '../media/node-media.ts';

/** A media node without media: it keeps the books of its links. */
export class FakeNodeMedia extends FakeMediaPlane implements NodeMedia {
  override readonly events = new Emitter<NodeMediaEvents>((error) => {
    throw error;
  });
  /** Ends of links, with what each is connected to. */
  readonly links = new Map<string, { readonly port: number; remote: number | undefined }>();
  /** Tracks that were brought, each time. */
  readonly brought: TrackId[] = [];
  /** Every command of links, in order. */
  readonly linkCommands: string[] = [];
  readonly kept = new Set<RoomId>();
  /** Bringing tracks waits for it. */
  gate: Promise<void> = Promise.resolve();
  static #lastPort = 0;

  async openLink(roomId: RoomId, peerId: PeerId): Promise<LinkEndpoint> {
    this.linkCommands.push('openLink');
    const key = `${roomId} ${peerId}`;
    FakeNodeMedia.#lastPort += 1;
    const end = this.links.get(key) ?? { port: FakeNodeMedia.#lastPort, remote: undefined };
    this.links.set(key, end);
    const srtp = { cryptoSuite: '', keyBase64: '' };
    return { address: '127.0.0.1', port: end.port, srtp, messageKeyBase64: '' };
  }

  async connectLink(roomId: RoomId, peerId: PeerId, { port }: LinkEndpoint): Promise<void> {
    this.linkCommands.push('connectLink');
    const end = this.links.get(`${roomId} ${peerId}`);
    if (end === undefined) throw new AppError('media_unavailable');
    if (end.remote !== undefined && end.remote !== port) throw new AppError('conflict');
    end.remote = port;
  }

  async closeLink(roomId: RoomId, peerId: PeerId): Promise<void> {
    this.linkCommands.push('closeLink');
    this.links.delete(`${roomId} ${peerId}`);
  }

  async bringTracks(
    roomId: RoomId,
    peerId: PeerId,
    trackIds: readonly TrackId[],
  ): Promise<readonly TrackId[]> {
    await this.gate;
    if (!this.links.has(`${roomId} ${peerId}`)) throw new AppError('media_unavailable');
    this.brought.push(...trackIds);
    return trackIds;
  }

  /** Tells nothing but what was delivered. */
  async describe(participantId: ParticipantId): Promise<PersonMedia> {
    const join = this.joins.findLast((one) => one.participantId === participantId);
    if (join === undefined) throw new AppError('media_unavailable');
    return {
      roomId: join.roomId,
      rtpCapabilities: join.rtpCapabilities,
      maxIncomingBitrateBps: join.maxIncomingBitrateBps ?? null,
      sendTransport: null,
      receiveTransport: null,
      trackIds: [],
      subscriptions: [],
      dataReception: null,
    };
  }

  async keepRoom(roomId: RoomId): Promise<void> {
    this.kept.add(roomId);
  }

  async releaseRoom(roomId: RoomId): Promise<void> {
    this.kept.delete(roomId);
  }
}
