import type {
  Identity,
  MessageId,
  ParticipantId,
  RoomId,
  SubscriptionId,
  TrackId,
  TransportId,
} from './ids.ts';
import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  MediaKind,
  RtpParameters,
  SctpParameters,
} from './rtp.ts';

/** Moments travel as ISO 8601 in UTC, for example `2026-01-31T12:00:00.000Z`. */
export type Timestamp = string;

/** What may be published. The names are livekit-client's. */
export const TRACK_SOURCES = [
  'camera',
  'microphone',
  'screen_share',
  'screen_share_audio',
] as const;
/** What a track comes from. */
export type TrackSource = (typeof TRACK_SOURCES)[number];

/** Which kind of media each source holds. */
export const KIND_OF_SOURCE = {
  camera: 'video',
  microphone: 'audio',
  screen_share: 'video',
  screen_share_audio: 'audio',
} as const satisfies Record<TrackSource, MediaKind>;

/** What somebody may be in a room; their grants follow from it. */
export const PARTICIPANT_ROLES = ['host', 'moderator', 'participant', 'listener'] as const;
/** What somebody is in a room. */
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];

/** What somebody may do in a room. Checked by the server at the moment of use. */
export interface Grants {
  /** Whether they may publish a track of each source. */
  readonly publish: Readonly<Record<TrackSource, boolean>>;
  /** Receive what others publish. */
  readonly subscribe: boolean;
  /** Send data and chat messages: all, none, or what has one of these topics. The chat's is `chat`. */
  readonly data: boolean | readonly string[];
  /** Be told to nobody, and publish nothing, but receive everything. */
  readonly hidden: boolean;
  /** End the meeting and act on others. */
  readonly moderate: boolean;
  /** Change their own name, metadata and attributes. */
  readonly updateSelf: boolean;
}

/** What anybody may attach to a participant, under names of their own. */
export type Attributes = Readonly<Record<string, string>>;

/** Codecs that a camera or screen may be sent in, by livekit-client's names. */
export const VIDEO_CODECS = ['vp8', 'h264', 'vp9', 'av1'] as const;
/** A codec that a camera or screen may be sent in. */
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** A room, as those who are in it see it. */
export interface RoomInfo {
  readonly id: RoomId;
  readonly name: string;
  /**
   * What the room would have its cameras and screens sent in, the best first.
   * Absent: no wish. A client that can send none of them sends what it can.
   */
  readonly videoCodecs?: readonly VideoCodec[] | undefined;
  /** Free text of the application; may be empty. */
  readonly metadata: string;
  /** Nobody new comes in. */
  readonly isLocked: boolean;
  /** Who is shown large to everybody, in this order. */
  readonly spotlight: readonly Identity[];
  /** The room that this one is a breakout room of. */
  readonly breakoutOf: RoomId | null;
}

/** A published track, as everybody in the room sees it. */
export interface TrackInfo {
  readonly trackId: TrackId;
  readonly participantId: ParticipantId;
  readonly kind: MediaKind;
  readonly source: TrackSource;
  /** Free text of the publisher; may be empty. */
  readonly name: string;
  readonly isMuted: boolean;
  /** For example `video/VP8`. */
  readonly mimeType: string;
  /** In pixels, as published; 0 where unknown and for audio. */
  readonly width: number;
  readonly height: number;
  /** Another track of the same source, which this one takes the place of: it ends some seconds later. */
  readonly replaces?: TrackId | undefined;
}

/** A participant, as everybody in the room sees it. */
export interface ParticipantInfo {
  readonly participantId: ParticipantId;
  readonly identity: Identity;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly joinedAt: Timestamp;
  /** Free text of the application; may be empty. */
  readonly metadata: string;
  readonly attributes: Attributes;
  /** Null while their hand is down. */
  readonly handRaisedAt: Timestamp | null;
  readonly tracks: readonly TrackInfo[];
  /** They are in another room, from which what they publish is forwarded. */
  readonly isForwarded?: true;
}

/** What a client needs to connect one of its transports. */
export interface TransportInfo {
  readonly transportId: TransportId;
  readonly iceParameters: IceParameters;
  readonly iceCandidates: readonly IceCandidate[];
  readonly dtlsParameters: DtlsParameters;
  /** For data channels. */
  readonly sctpParameters: SctpParameters;
}

/** One track on its way to the participant that receives this. */
export interface Subscription {
  readonly subscriptionId: SubscriptionId;
  readonly trackId: TrackId;
  readonly participantId: ParticipantId;
  readonly kind: MediaKind;
  readonly rtpParameters: RtpParameters;
}

/** What a message is: what somebody typed, what the server noted of them, or a file that they sent. */
export const MESSAGE_KINDS = ['text', 'system', 'file'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A file in the chat. `GET /v1/rooms/:roomId/files/:messageId` has what is in it. */
export interface ChatFile {
  readonly name: string;
  /** Media type, as its sender named it. */
  readonly type: string;
  readonly sizeBytes: number;
}

/** A message that was stored. */
export interface ChatMessage {
  readonly messageId: MessageId;
  readonly kind: MessageKind;
  readonly identity: Identity;
  /** Name of the author at the time of reading. */
  readonly name: string;
  /** The only one who gets it, beside its author; null for everybody. */
  readonly toIdentity: Identity | null;
  /** Of a system message, what the author did: `renamed the room to Hall`. Empty for files. */
  readonly text: string;
  /** Null for what is no file, or was deleted. */
  readonly file: ChatFile | null;
  readonly sentAt: Timestamp;
  /** Null for a message that is as it was sent. */
  readonly editedAt: Timestamp | null;
  /** Null unless it was deleted; then nothing is left of what it said. */
  readonly deletedAt: Timestamp | null;
}

/** Why a stay in a room ended. Most names are livekit's. */
export const DISCONNECT_REASONS = [
  /** The client left. */
  'client_initiated',
  /** The same person joined again elsewhere. */
  'duplicate_identity',
  /** The host ended the meeting. */
  'room_closed',
  /** Somebody who may sent the participant out. */
  'participant_removed',
  /** The participant is to go on in another room. */
  'moved',
  /** The server stops. Joining again reaches another one, or the restarted one. */
  'server_shutdown',
  /** The worker that carried the participant's media died. Joining again works. */
  'media_failure',
  /** The socket was lost, and nobody said goodbye. */
  'signal_close',
  /** The sign-in that the stay came from was ended: signed out elsewhere, or by an administrator. */
  'session_revoked',
  /** The client broke the protocol. */
  'protocol_violation',
  /** A server fault ended the stay. */
  'internal',
] as const;
/** Why we are out of a room. */
export type DisconnectReason = (typeof DISCONNECT_REASONS)[number];
