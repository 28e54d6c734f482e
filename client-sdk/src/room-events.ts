import type { ChatMessage, DataKind, DisconnectReason, StreamState } from '@balai/protocol';
import type { ConnectionState } from './connection-state.ts';
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

/** The listeners of {@link RoomEvent}. */
export type RoomEventCallbacks = {
  connected: () => void;
  disconnected: (reason: DisconnectReason) => void;
  connectionStateChanged: (state: ConnectionState) => void;
  signalReconnecting: () => void;
  reconnecting: () => void;
  reconnected: () => void;
  participantConnected: (participant: RemoteParticipant) => void;
  participantDisconnected: (participant: RemoteParticipant) => void;
  trackPublished: (publication: RemoteTrackPublication, participant: RemoteParticipant) => void;
  trackUnpublished: (publication: RemoteTrackPublication, participant: RemoteParticipant) => void;
  trackSubscribed: (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ) => void;
  trackUnsubscribed: (
    track: RemoteTrack,
    publication: RemoteTrackPublication,
    participant: RemoteParticipant,
  ) => void;
  trackSubscriptionFailed: (trackSid: string, participant: RemoteParticipant, error: Error) => void;
  trackStreamStateChanged: (
    publication: RemoteTrackPublication,
    streamState: StreamState,
    participant: RemoteParticipant,
  ) => void;
  trackMuted: (publication: TrackPublication, participant: Participant) => void;
  trackUnmuted: (publication: TrackPublication, participant: Participant) => void;
  localTrackPublished: (publication: LocalTrackPublication, participant: LocalParticipant) => void;
  localTrackUnpublished: (
    publication: LocalTrackPublication,
    participant: LocalParticipant,
  ) => void;
  mediaDevicesError: (error: Error, kind?: MediaDeviceKind) => void;
  mediaDevicesChanged: () => void;
  activeDeviceChanged: (kind: MediaDeviceKind, deviceId: string) => void;
  connectionQualityChanged: (quality: ConnectionQuality, participant: Participant) => void;
  activeSpeakersChanged: (speakers: Participant[]) => void;
  chatMessage: (message: ChatMessage, participant?: Participant) => void;
  chatMessageUpdated: (message: ChatMessage) => void;
  chatMessageDeleted: (message: ChatMessage) => void;
  participantRoleChanged: (participant: Participant) => void;
  audioPlaybackChanged: (isPlaying: boolean) => void;
  dataReceived: (
    payload: Uint8Array<ArrayBuffer>,
    participant: RemoteParticipant | undefined,
    kind: DataKind,
    topic: string,
  ) => void;
  dataInterrupted: () => void;
};
