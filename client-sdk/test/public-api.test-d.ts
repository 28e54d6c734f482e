/**
 * Holds the public types: what is written here compiles against the SDK's entry
 * alone, and a change that breaks an application breaks this file first. It is
 * compiled by `tsc`, and never run.
 */
import {
  type AudioAnalyser,
  BalaiError,
  type BalaiErrorCode,
  type ChatHistoryPage,
  type ChatMessage,
  ConnectionError,
  type ConnectionState,
  createAudioAnalyser,
  createLocalAudioTrack,
  createLocalScreenTracks,
  createLocalTracks,
  createLocalVideoTrack,
  type DisconnectReason,
  type ErrorCode,
  type Grants,
  isBrowserSupported,
  type JoinAnswer,
  type JoinInfo,
  LocalAudioTrack,
  type LocalParticipant,
  type LocalTrack,
  type LocalTrackPublication,
  LocalVideoTrack,
  MediaDeviceError,
  type Participant,
  type ParticipantEvent,
  type ParticipantEventCallbacks,
  type PublicationEventCallbacks,
  RemoteAudioTrack,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  RemoteVideoTrack,
  Room,
  type RoomConnectOptions,
  RoomEvent,
  type RoomEventCallbacks,
  requestJoin,
  ServerError,
  type Track,
  type TrackEvent,
  type TrackEventCallbacks,
  type TrackPublication,
  type TrackPublishOptions,
  type TrackSource,
  type VideoCodec,
  type VideoPreset,
  VideoPresets,
  version,
} from '../src/index.ts';
import type { ModerationEvent, ModerationEventCallbacks } from '../src/moderation/index.ts';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if both types are the same. */
function same<A, B>(_isSame: Same<A, B>): void {
  // Nothing to do at run time.
}

// Every event of the constants has a listener's type, and the other way round.
same<(typeof RoomEvent)[keyof typeof RoomEvent], keyof RoomEventCallbacks>(true);
same<(typeof ParticipantEvent)[keyof typeof ParticipantEvent], keyof ParticipantEventCallbacks>(
  true,
);
same<TrackEvent, keyof TrackEventCallbacks | keyof PublicationEventCallbacks>(true);
same<(typeof ModerationEvent)[keyof typeof ModerationEvent], keyof ModerationEventCallbacks>(true);

// Joining.
same<
  typeof requestJoin,
  (
    serverUrl: string,
    roomId: string,
    options?: {
      name?: string;
      password?: string;
      accessToken?: string;
      signal?: AbortSignal;
      timeoutMs?: number;
    },
  ) => Promise<JoinAnswer>
>(true);
same<
  ConnectionState,
  'disconnected' | 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'signalReconnecting'
>(true);
same<typeof ConnectionState.Connected, 'connected'>(true);
same<Room['connect'], (url: string, token: string, options?: RoomConnectOptions) => Promise<void>>(
  true,
);
same<Room['disconnect'], (stopTracks?: boolean) => Promise<void>>(true);
same<Room['prepareConnection'], (url: string, token?: string) => Promise<void>>(true);
same<Room['state'], ConnectionState>(true);
same<Room['localParticipant'], LocalParticipant>(true);
same<Room['remoteParticipants'], ReadonlyMap<string, RemoteParticipant>>(true);
same<Room['getParticipantByIdentity'], (identity: string) => Participant | undefined>(true);
same<Room['startAudio'], () => Promise<void>>(true);
same<Room['canPlaybackAudio'], boolean>(true);
same<Room['sendChatMessage'], (text: string, options?: { to?: string }) => Promise<ChatMessage>>(
  true,
);
same<Room['metadata'], string>(true);
same<Participant['attributes'], Readonly<Record<string, string>>>(true);
same<Room['editChatMessage'], (messageId: string, text: string) => Promise<ChatMessage>>(true);
same<Room['deleteChatMessage'], (messageId: string) => Promise<ChatMessage>>(true);
same<
  Room['sendChatFile'],
  (
    file: Blob,
    options?: { name?: string; signal?: AbortSignal; timeoutMs?: number },
  ) => Promise<ChatMessage>
>(true);
same<
  Room['getChatFile'],
  (messageId: string, options?: { signal?: AbortSignal; timeoutMs?: number }) => Promise<Blob>
>(true);
same<
  Room['getChatHistory'],
  (options?: { before?: string; limit?: number }) => Promise<ChatHistoryPage>
>(true);
same<
  Room['switchActiveDevice'],
  (kind: MediaDeviceKind, deviceId: string, exact?: boolean) => Promise<boolean>
>(true);
same<
  typeof Room.getLocalDevices,
  (kind?: MediaDeviceKind, requestPermissions?: boolean) => Promise<MediaDeviceInfo[]>
>(true);
same<JoinAnswer extends JoinInfo ? true : false, true>(true);
same<NonNullable<RoomConnectOptions['iceTransport']>, 'all' | 'udp' | 'tcp'>(true);
same<NonNullable<RoomConnectOptions['rtcConfig']>, RTCConfiguration>(true);

// Publishing.
same<LocalParticipant['grants'], Grants | undefined>(true);
same<ReturnType<LocalParticipant['setCameraEnabled']>, Promise<LocalTrackPublication | undefined>>(
  true,
);
same<
  LocalParticipant['publishTrack'],
  (
    track: LocalTrack | MediaStreamTrack,
    options?: TrackPublishOptions,
  ) => Promise<LocalTrackPublication>
>(true);
same<LocalParticipant['enableCameraAndMicrophone'], () => Promise<void>>(true);
same<LocalTrackPublication['track'], LocalTrack>(true);
same<LocalTrackPublication['videoTrack'], LocalVideoTrack | undefined>(true);
same<RemoteTrackPublication['audioTrack'], RemoteAudioTrack | undefined>(true);
same<Track.Source, TrackSource>(true);
same<RoomEvent, keyof RoomEventCallbacks>(true);
same<RemoteTrackPublication['track'], RemoteTrack | undefined>(true);
same<ReturnType<RemoteParticipant['getTrackPublication']>, RemoteTrackPublication | undefined>(
  true,
);
same<LocalTrack, LocalAudioTrack | LocalVideoTrack>(true);
same<RemoteTrack, RemoteAudioTrack | RemoteVideoTrack>(true);
same<TrackSource, 'camera' | 'microphone' | 'screen_share' | 'screen_share_audio'>(true);
same<typeof Track.Source.ScreenShareAudio, 'screen_share_audio'>(true);
same<typeof Track.Kind.Audio, 'audio'>(true);
same<VideoCodec, 'vp8' | 'h264' | 'vp9' | 'av1'>(true);

/** An application, as the README has it, and a little more. */
export async function application(element: HTMLVideoElement): Promise<void> {
  const answer = await requestJoin('https://meet.example.org', 'room', { name: 'Ann' });
  const room = new Room({
    publishDefaults: { simulcast: true, videoCodec: 'vp8' },
    videoCaptureDefaults: { resolution: VideoPresets.h720.resolution },
  });
  room
    .on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
      same<typeof track, RemoteTrack>(true);
      same<typeof publication, RemoteTrackPublication>(true);
      same<typeof participant, RemoteParticipant>(true);
      // `kind` tells the classes apart.
      if (track.kind === 'audio') track.setVolume(0.5);
      same<ReturnType<typeof track.attach>, HTMLMediaElement>(true);
      const attached: HTMLVideoElement = track.attach(element);
      track.detach(attached);
    })
    .on('disconnected', (reason) => same<typeof reason, DisconnectReason>(true))
    .once('trackMuted', (publication: TrackPublication, participant: Participant) => {
      const { isMuted, dimensions } = publication;
      same<typeof isMuted, boolean>(true);
      void [dimensions?.width, participant.identity];
    });
  // @ts-expect-error There is no such event.
  room.on('trackSubscribedd', () => undefined);
  // @ts-expect-error A listener's arguments are those of its event.
  room.on('disconnected', (reason: number) => reason);
  await room.connect(answer.url, answer.token, { joinInfo: answer });
  await room.localParticipant.enableCameraAndMicrophone();
  const preview: LocalTrack[] = await createLocalTracks({ audio: true, video: false });
  const microphone: LocalAudioTrack = await createLocalAudioTrack({ deviceId: 'default' });
  const camera: LocalVideoTrack = await createLocalVideoTrack();
  const meter: AudioAnalyser = createAudioAnalyser(microphone);
  await Promise.all([meter.cleanup(), camera.mute(), ...preview.map((track) => track.unmute())]);
  await createLocalScreenTracks({ audio: false });
}

/** Errors are told apart by class and code. */
export function explain(error: unknown): string {
  if (error instanceof MediaDeviceError) return error.kind ?? 'screen';
  if (error instanceof ServerError) return error.details.join() + String(error.retryAfterMs);
  if (error instanceof ConnectionError && error.code === 'cancelled') return error.message;
  if (error instanceof BalaiError) {
    same<typeof error.code, BalaiErrorCode>(true);
    const code: BalaiErrorCode | ErrorCode = error.code;
    return code;
  }
  return isBrowserSupported() ? version : 'unsupported';
}

export const preset: VideoPreset = VideoPresets.h1080;
export const classes = [LocalAudioTrack, LocalVideoTrack, RemoteAudioTrack, RemoteVideoTrack];
