import type {
  DataReception,
  MediaKind,
  ParticipantId,
  RoomId,
  RtpCapabilities,
  RtpParameters,
  Subscription,
  TrackId,
  TransportInfo,
} from '@balai/protocol';
import type { Emitter } from '../kernel/emitter.ts';
import type { MediaPlane, MediaPlaneEvents } from './media-plane.ts';

/** One boot of a media node, as the nodes that are linked to it know it. */
export type PeerId = string;

/** Where one end of a link is, and with which keys it sends. Survives JSON. */
export interface LinkEndpoint {
  readonly address: string;
  readonly port: number;
  /** Of the RTP that it sends. */
  readonly srtp: { readonly cryptoSuite: string; readonly keyBase64: string };
  /** Of the messages that it sends, AES-256-GCM: SCTP on its own is not encrypted. */
  readonly messageKeyBase64: string;
}

/** A track, as the node where it is published tells another one of it. */
export interface LinkedTrack {
  readonly trackId: TrackId;
  readonly participantId: ParticipantId;
  readonly kind: MediaKind;
  /** As it comes over the link. */
  readonly rtpParameters: RtpParameters;
  readonly isMuted: boolean;
  /** Of the picture, in pixels; 0 where unknown. */
  readonly width: number;
  readonly height: number;
}

/** What a node has of somebody. */
export interface PersonMedia {
  readonly roomId: RoomId;
  /** What they can receive. */
  readonly rtpCapabilities: RtpCapabilities;
  /** Bits per second; null: what everybody is told. */
  readonly maxIncomingBitrateBps: number | null;
  /** Null for a direction that has none. */
  readonly sendTransport: TransportInfo | null;
  readonly receiveTransport: TransportInfo | null;
  /** What they publish. */
  readonly trackIds: readonly TrackId[];
  /** What is delivered to them. */
  readonly subscriptions: readonly Subscription[];
  /** Null where they receive no data. */
  readonly dataReception: DataReception | null;
}

/** Facts of a node, besides those of any media plane. */
export type NodeMediaEvents = MediaPlaneEvents & {
  /**
   * The link of a room to a node ended, and nobody had asked this one for that: what had come
   * over it ended here.
   */
  linkClosed: { readonly roomId: RoomId; readonly peerId: PeerId };
};

/**
 * What one node offers so that rooms reach over several of them: links. A link carries what
 * one room has in common on two nodes: tracks, each once however many receive it there, and
 * the room's data. Who commands opens both ends, connects each to the other, and has tracks
 * brought; the rest the nodes do among themselves, over the link: layers that are needed, key
 * frames, muting, what ends, and that a track goes no more when nobody has received it
 * for some seconds.
 *
 * All of it can be commanded by several at once, and again.
 */
export interface NodeMedia extends MediaPlane {
  readonly events: Emitter<NodeMediaEvents>;

  /** What there is of somebody now: for whoever takes them over, or moves them. */
  describe(participantId: ParticipantId): Promise<PersonMedia>;

  /**
   * Makes the end of a link, or answers the one that there is. It ends with the room here, with
   * the other end, and when that is not heard for 3 s. `media_unavailable` for a room without
   * media here.
   */
  openLink(roomId: RoomId, peerId: PeerId): Promise<LinkEndpoint>;

  /**
   * Connects the end to the other. Repeating it is harmless. `conflict` where it is connected to
   * another end than this, and `media_unavailable` where there is none: then both
   * are to be opened anew.
   */
  connectLink(roomId: RoomId, peerId: PeerId, remote: LinkEndpoint): Promise<void>;

  /** Ends a link from this side. Idempotent. */
  closeLink(roomId: RoomId, peerId: PeerId): Promise<void>;

  /**
   * Has tracks of the room come from a linked node, so that they can be subscribed to here, under
   * their own ids. One that nobody has subscribed to for 2 s goes again.
   *
   * @returns those that are here now; what has ended is left out.
   */
  bringTracks(
    roomId: RoomId,
    peerId: PeerId,
    trackIds: readonly TrackId[],
  ): Promise<readonly TrackId[]>;

  /**
   * Keeps a room here open although nobody is in it, until `releaseRoom`: tracks are forwarded
   * to it. Idempotent.
   */
  keepRoom(roomId: RoomId): Promise<void>;
  /** Takes `keepRoom` back. Idempotent. */
  releaseRoom(roomId: RoomId): Promise<void>;
}
