import type {
  ChatMessage,
  Grants,
  JoinAnswer,
  MediaKind,
  ParticipantRole,
  TrackSource,
} from '@balai/protocol';
import type {
  ParticipantEventCallbacks,
  RoomEventCallbacks,
  TrackEventCallbacks,
} from './events.ts';
import type {
  AudioCaptureOptions,
  CreateLocalTracksOptions,
  RoomConnectOptions,
  RoomOptions,
  ScreenShareCaptureOptions,
  TrackPublishOptions,
  VideoCaptureOptions,
} from './options.ts';

export type {
  ChatMessage,
  DisconnectReason,
  ErrorCode,
  Grants,
  IceServer,
  JoinAnswer,
  JoinInfo,
  MediaKind,
  ParticipantRole,
  TrackSource,
} from '@balai/protocol';
export * from './errors.ts';
export * from './events.ts';
export type * from './options.ts';
export { VideoPresets } from './video-presets.ts';

export declare class Emitter<Events> {
  on<E extends keyof Events>(event: E, listener: Events[E]): this;
  once<E extends keyof Events>(event: E, listener: Events[E]): this;
  off<E extends keyof Events>(event: E, listener: Events[E]): this;
}

export const ConnectionState = {
  Disconnected: 'disconnected',
  Connecting: 'connecting',
  Connected: 'connected',
} as const;
export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

export declare class Room extends Emitter<RoomEventCallbacks> {
  constructor(options?: RoomOptions);
  readonly localParticipant: LocalParticipant;
  readonly remoteParticipants: ReadonlyMap<string, RemoteParticipant>;
  get state(): ConnectionState;
  get name(): string;
  get sid(): string;
  get numParticipants(): number;
  get canPlaybackAudio(): boolean;
  static getLocalDevices(
    kind?: MediaDeviceKind,
    requestPermissions?: boolean,
  ): Promise<MediaDeviceInfo[]>;
  prepareConnection(url: string, token?: string): Promise<void>;
  connect(url: string, token: string, options?: RoomConnectOptions): Promise<void>;
  disconnect(stopTracks?: boolean): Promise<void>;
  getParticipantByIdentity(identity: string): Participant | undefined;
  startAudio(): Promise<void>;
  switchActiveDevice(kind: MediaDeviceKind, deviceId: string): Promise<void>;
  getActiveDevice(kind: MediaDeviceKind): string | undefined;
  sendChatMessage(text: string): Promise<ChatMessage>;
  getChatHistory(options?: ChatHistoryOptions): Promise<ChatHistoryPage>;
}
export interface ChatHistoryOptions {
  before?: string;
  limit?: number;
}
export interface ChatHistoryPage {
  readonly messages: readonly ChatMessage[];
  readonly before: string | null;
}

export declare abstract class Participant extends Emitter<ParticipantEventCallbacks> {
  readonly trackPublications: ReadonlyMap<string, TrackPublication>;
  readonly isLocal: boolean;
  get sid(): string;
  get identity(): string;
  get name(): string;
  get role(): ParticipantRole;
  get joinedAt(): Date | undefined;
  get isCameraEnabled(): boolean;
  get isMicrophoneEnabled(): boolean;
  get isScreenShareEnabled(): boolean;
  getTrackPublication(source: TrackSource): TrackPublication | undefined;
  getTrackPublications(): TrackPublication[];
}
export declare class RemoteParticipant extends Participant {
  override readonly trackPublications: ReadonlyMap<string, RemoteTrackPublication>;
  override getTrackPublication(source: TrackSource): RemoteTrackPublication | undefined;
  override getTrackPublications(): RemoteTrackPublication[];
  setVolume(volume: number): void;
}
export declare class LocalParticipant extends Participant {
  override readonly trackPublications: ReadonlyMap<string, LocalTrackPublication>;
  get grants(): Grants | undefined;
  get lastCameraError(): Error | undefined;
  get lastMicrophoneError(): Error | undefined;
  override getTrackPublication(source: TrackSource): LocalTrackPublication | undefined;
  override getTrackPublications(): LocalTrackPublication[];
  setCameraEnabled(
    enabled: boolean,
    options?: VideoCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined>;
  setMicrophoneEnabled(
    enabled: boolean,
    options?: AudioCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined>;
  setScreenShareEnabled(
    enabled: boolean,
    options?: ScreenShareCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined>;
  enableCameraAndMicrophone(): Promise<void>;
  publishTrack(
    track: LocalTrack | MediaStreamTrack,
    options?: TrackPublishOptions,
  ): Promise<LocalTrackPublication>;
  unpublishTrack(
    track: LocalTrack | MediaStreamTrack,
    stopOnUnpublish?: boolean,
  ): Promise<LocalTrackPublication | undefined>;
}

export declare abstract class TrackPublication {
  get trackSid(): string;
  get trackName(): string;
  get kind(): MediaKind;
  get source(): TrackSource;
  get track(): Track | undefined;
  get isMuted(): boolean;
  get mimeType(): string;
  get dimensions(): { width: number; height: number } | undefined;
  get isLocal(): boolean;
}
export declare class LocalTrackPublication extends TrackPublication {
  override get track(): LocalTrack;
  mute(): Promise<void>;
  unmute(): Promise<void>;
}
export declare class RemoteTrackPublication extends TrackPublication {
  override get track(): RemoteTrack | undefined;
  get isSubscribed(): boolean;
}

export declare abstract class Track extends Emitter<TrackEventCallbacks> {
  static readonly Kind: { readonly Audio: 'audio'; readonly Video: 'video' };
  static readonly Source: {
    readonly Camera: 'camera';
    readonly Microphone: 'microphone';
    readonly ScreenShare: 'screen_share';
    readonly ScreenShareAudio: 'screen_share_audio';
  };
  readonly kind: MediaKind;
  readonly source: TrackSource;
  get sid(): string | undefined;
  get isMuted(): boolean;
  get isLocal(): boolean;
  get mediaStreamTrack(): MediaStreamTrack;
  get attachedElements(): readonly HTMLMediaElement[];
  attach(): HTMLMediaElement;
  attach(element: HTMLMediaElement): HTMLMediaElement;
  detach(): HTMLMediaElement[];
  detach(element: HTMLMediaElement): HTMLMediaElement;
  stop(): void;
}
export declare abstract class LocalTrackBase extends Track {
  get deviceId(): string | undefined;
  mute(): Promise<void>;
  unmute(): Promise<void>;
  setDeviceId(deviceId: ConstrainDOMString): Promise<void>;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
}
export declare class LocalAudioTrack extends LocalTrackBase {
  override readonly kind: 'audio';
}
export declare class LocalVideoTrack extends LocalTrackBase {
  override readonly kind: 'video';
}
export declare class RemoteAudioTrack extends Track {
  override readonly kind: 'audio';
  setVolume(volume: number): void;
  getVolume(): number;
  setSinkId(deviceId: string): Promise<void>;
}
export declare class RemoteVideoTrack extends Track {
  override readonly kind: 'video';
}
export type LocalTrack = LocalAudioTrack | LocalVideoTrack;
export type RemoteTrack = RemoteAudioTrack | RemoteVideoTrack;

export declare function requestJoin(
  serverUrl: string,
  roomId: string,
  options?: RequestJoinOptions,
): Promise<JoinAnswer>;
export interface RequestJoinOptions {
  name?: string;
  password?: string;
  accessToken?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}
export declare function createLocalTracks(
  options?: CreateLocalTracksOptions,
): Promise<LocalTrack[]>;
export declare function createLocalAudioTrack(
  options?: AudioCaptureOptions,
): Promise<LocalAudioTrack>;
export declare function createLocalVideoTrack(
  options?: VideoCaptureOptions,
): Promise<LocalVideoTrack>;
export declare function createLocalScreenTracks(
  options?: ScreenShareCaptureOptions,
): Promise<LocalTrack[]>;
export interface AudioAnalyser {
  calculateVolume(): number;
  readonly analyser: AnalyserNode;
  cleanup(): Promise<void>;
}
export declare function createAudioAnalyser(
  track: LocalAudioTrack | RemoteAudioTrack,
  options?: { fftSize?: number; smoothingTimeConstant?: number },
): AudioAnalyser;
export declare function isBrowserSupported(): boolean;
