export type {
  Attributes,
  ChatFile,
  ChatMessage,
  DataKind,
  DisconnectReason,
  ErrorCode,
  Grants,
  IceServer,
  JoinAnswer,
  JoinInfo,
  MediaKind,
  ParticipantRole,
  StreamState,
  TrackSource,
} from '@balai/protocol';
export {
  supportsAdaptiveStream,
  supportsAudioOutputSelection,
  supportsAV1,
  supportsDynacast,
  supportsVP9,
} from './browser-features.ts';
export {
  type AudioAnalyser,
  type AudioAnalyserOptions,
  createAudioAnalyser,
} from './capture/audio-analyser.ts';
export {
  createLocalAudioTrack,
  createLocalScreenTracks,
  createLocalTracks,
  createLocalVideoTrack,
} from './capture/create-local-tracks.ts';
export type { ChatHistoryOptions, ChatHistoryPage, SendChatMessageOptions } from './chat.ts';
export type { ChatFileOptions, SendChatFileOptions } from './chat-files.ts';
export { ConnectionState } from './connection-state.ts';
export type {
  ByteStreamHandler,
  ByteStreamInfo,
  ByteStreamReader,
  ByteStreamWriter,
  DataPublishOptions,
  PerformRpcParams,
  RpcHandler,
  RpcInvocationData,
  SendBytesOptions,
  SendFileOptions,
  SendTextOptions,
  StreamBytesOptions,
  StreamSender,
  TextStreamHandler,
  TextStreamInfo,
  TextStreamReader,
} from './data/data-types.ts';
export { RpcError } from './data/rpc-error.ts';
export {
  BalaiError,
  type BalaiErrorCode,
  CLIENT_ERRORS,
  type ClientErrorCode,
  type ClientErrorSpec,
  ConnectionError,
  MediaDeviceError,
  ServerError,
} from './errors.ts';
export { ParticipantEvent, RoomEvent, TrackEvent } from './events.ts';
export { isBrowserSupported } from './is-browser-supported.ts';
export type { AdaptiveStreamSettings } from './layers/watch-elements.ts';
export { type Dimensions, VideoQuality } from './layers/wish.ts';
export { AudioPresets, ScreenSharePresets, VideoPresets43 } from './more-presets.ts';
export type {
  AudioCaptureOptions,
  AudioPreset,
  CreateLocalTracksOptions,
  RoomConnectOptions,
  RoomOptions,
  ScreenShareCaptureOptions,
  TrackPublishDefaults,
  TrackPublishOptions,
  VideoCaptureOptions,
  VideoCodec,
  VideoEncoding,
  VideoResolution,
} from './options.ts';
export { ConnectionQuality } from './participants/connection-quality.ts';
export { LocalParticipant } from './participants/local-participant.ts';
export { Participant, type ParticipantEventCallbacks } from './participants/participant.ts';
export { RemoteParticipant } from './participants/remote-participant.ts';
export {
  DefaultReconnectPolicy,
  type ReconnectContext,
  type ReconnectPolicy,
} from './reconnect/reconnect-policy.ts';
export { type RequestJoinOptions, requestJoin } from './rest.ts';
export { Room } from './room.ts';
export type { MoveReason, RoomEventCallbacks } from './room-events.ts';
export {
  isAudioTrack,
  isLocalParticipant,
  isLocalTrack,
  isRemoteParticipant,
  isRemoteTrack,
  isVideoTrack,
} from './track-guards.ts';
export { LocalAudioTrack, type LocalTrack, LocalVideoTrack } from './tracks/local-track.ts';
export { RemoteAudioTrack, type RemoteTrack, RemoteVideoTrack } from './tracks/remote-track.ts';
export { Track, type TrackEventCallbacks } from './tracks/track.ts';
export type {
  AudioProcessorOptions,
  OptionsOfKind,
  ProcessorOptions,
  TrackProcessor,
  VideoProcessorOptions,
} from './tracks/track-processor.ts';
export {
  LocalTrackPublication,
  type PublicationEventCallbacks,
  RemoteTrackPublication,
  TrackPublication,
} from './tracks/track-publication.ts';
export type { AudioTrack, VideoTrack } from './tracks/track-types.ts';
export { VERSION as version } from './version.ts';
export { VideoPreset, type VideoPresetOptions, VideoPresets } from './video-presets.ts';
