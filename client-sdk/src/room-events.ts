import type {
  Attributes,
  ChatMessage,
  DataKind,
  DisconnectReason,
  Grants,
  StreamState,
} from '@balai/protocol';
import type { ConnectionState } from './connection-state.ts';
import type { BalaiError, MediaDeviceError } from './errors.ts';
import type { ConnectionQuality } from './participants/connection-quality.ts';
import type { LocalParticipant } from './participants/local-participant.ts';
import type { Participant } from './participants/participant.ts';
import type { RemoteParticipant } from './participants/remote-participant.ts';
import type { RemoteTrack } from './tracks/remote-track.ts';
import type {
  LocalTrackPublication,
  RemoteTrackPublication,
  TrackPublication,
} from './tracks/track-publication.ts';

/** Why we were moved: by who leads, or an application's backend; into a breakout room; or back from it. */
export type MoveReason = 'moved' | 'breakout' | 'recalled';

/** The listeners of {@link RoomEvent}. */
export type RoomEventCallbacks = {
  /** The room was joined. */
  connected: () => void;
  /** We are out, for good, and why. */
  disconnected: (reason: DisconnectReason) => void;
  /** `room.state` is another one. */
  connectionStateChanged: (state: ConnectionState) => void;
  /** Signalling was lost and is being resumed; media flows on. */
  signalReconnecting: () => void;
  /** Everything was lost, and the room is being joined anew. */
  reconnecting: () => void;
  /** It goes on, after either, or in the room that we were moved to. */
  reconnected: () => void;
  /** We stand in the room's lobby, until somebody lets us in. */
  waitingInLobby: (since: Date) => void;
  /** We were moved to another room, which is being joined, and why. */
  moved: (roomName: string, reason: MoveReason) => void;
  /** `room.name` is another one. */
  roomNameChanged: (name: string) => void;
  /** `room.metadata` is something else. */
  roomMetadataChanged: (metadata: string) => void;
  /** Somebody came after us. */
  participantConnected: (participant: RemoteParticipant) => void;
  /** Somebody left; their tracks ended just before. */
  participantDisconnected: (participant: RemoteParticipant) => void;
  /** A remote track was published after we joined. */
  trackPublished: (publication: RemoteTrackPublication, participant: RemoteParticipant) => void;
  /** A remote track is gone. */
  trackUnpublished: (publication: RemoteTrackPublication, participant: RemoteParticipant) => void;
  /** A remote track has media now: attach it. */
  trackSubscribed: (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ) => void;
  /** The media of a remote track ended: detach it. */
  trackUnsubscribed: (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ) => void;
  /** A remote track could not be received. */
  trackSubscriptionFailed: (
    trackSid: string,
    participant: RemoteParticipant,
    error: BalaiError,
  ) => void;
  /** The server withholds a remote track, or lets it flow again. */
  trackStreamStateChanged: (
    publication: RemoteTrackPublication,
    streamState: StreamState,
    participant: RemoteParticipant,
  ) => void;
  /** A track, local or remote, sends nothing for now. */
  trackMuted: (publication: TrackPublication, participant: Participant) => void;
  /** A muted track sends again. */
  trackUnmuted: (publication: TrackPublication, participant: Participant) => void;
  /** A track of our own was published. */
  localTrackPublished: (publication: LocalTrackPublication, participant: LocalParticipant) => void;
  /** A track of our own is published no more. */
  localTrackUnpublished: (
    publication: LocalTrackPublication,
    participant: LocalParticipant,
  ) => void;
  /** A camera, microphone or screen could not be opened; `kind` says which, where one was asked for. */
  mediaDevicesError: (error: MediaDeviceError, kind?: MediaDeviceKind) => void;
  /** Devices were plugged in or out. */
  mediaDevicesChanged: () => void;
  /** Another device of this kind is in use now. */
  activeDeviceChanged: (kind: MediaDeviceKind, deviceId: string) => void;
  /** Somebody, ourselves included, is connected better or worse than before. */
  connectionQualityChanged: (quality: ConnectionQuality, participant: Participant) => void;
  /** Who speaks changed, or how loud; the loudest come first. */
  activeSpeakersChanged: (speakers: Participant[]) => void;
  /** Somebody said something. Without `participant` they have left since. */
  chatMessage: (message: ChatMessage, participant?: Participant) => void;
  /** A message says something else now. */
  chatMessageUpdated: (message: ChatMessage) => void;
  /** A message is gone. */
  chatMessageDeleted: (message: ChatMessage) => void;
  /** Somebody, ourselves included, has another role. */
  participantRoleChanged: (participant: Participant) => void;
  /** Somebody, ourselves included, has another name. */
  participantNameChanged: (name: string, participant: Participant) => void;
  /** The metadata of somebody, ourselves included, is something else. */
  participantMetadataChanged: (prevMetadata: string, participant: Participant) => void;
  /** These attributes of somebody, ourselves included, are others; those that are gone are empty here. */
  participantAttributesChanged: (changedAttributes: Attributes, participant: Participant) => void;
  /** We may do other things than before. */
  participantPermissionsChanged: (
    prevPermissions: Grants | undefined,
    participant: LocalParticipant,
  ) => void;
  /** The browser began to block sound, or plays it again. */
  audioPlaybackChanged: (isPlaying: boolean) => void;
  /** Somebody sent a message. Without `participant` it is from the application's backend, or they have left since. */
  dataReceived: (
    payload: Uint8Array<ArrayBuffer>,
    participant: RemoteParticipant | undefined,
    kind: DataKind,
    topic: string,
  ) => void;
  /** Some reliable data is lost, because it came faster than we took it. */
  dataInterrupted: () => void;
};
