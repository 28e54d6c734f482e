import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from '../src/version.ts';

const values = [
  'AudioPresets',
  'BalaiError',
  'CLIENT_ERRORS',
  'ConnectionError',
  'ConnectionQuality',
  'ConnectionState',
  'DefaultReconnectPolicy',
  'LocalAudioTrack',
  'LocalParticipant',
  'LocalTrackPublication',
  'LocalVideoTrack',
  'MediaDeviceError',
  'Participant',
  'ParticipantEvent',
  'RemoteAudioTrack',
  'RemoteParticipant',
  'RemoteTrackPublication',
  'RemoteVideoTrack',
  'Room',
  'RoomEvent',
  'RpcError',
  'ScreenSharePresets',
  'ServerError',
  'Track',
  'TrackEvent',
  'TrackPublication',
  'VideoPreset',
  'VideoPresets',
  'VideoPresets43',
  'VideoQuality',
  'createAudioAnalyser',
  'createLocalAudioTrack',
  'createLocalScreenTracks',
  'createLocalTracks',
  'createLocalVideoTrack',
  'isAudioTrack',
  'isBrowserSupported',
  'isLocalParticipant',
  'isLocalTrack',
  'isRemoteParticipant',
  'isRemoteTrack',
  'isVideoTrack',
  'requestJoin',
  'supportsAV1',
  'supportsAdaptiveStream',
  'supportsAudioOutputSelection',
  'supportsDynacast',
  'supportsVP9',
  'version',
];

const types = [
  'AdaptiveStreamSettings',
  'Attributes',
  'AudioAnalyser',
  'AudioAnalyserOptions',
  'AudioCaptureOptions',
  'AudioPreset',
  'AudioProcessorOptions',
  'AudioTrack',
  'BalaiErrorCode',
  'ByteStreamHandler',
  'ByteStreamInfo',
  'ByteStreamReader',
  'ByteStreamWriter',
  'ChatFile',
  'ChatFileOptions',
  'ChatHistoryOptions',
  'ChatHistoryPage',
  'ChatMessage',
  'ClientErrorCode',
  'ClientErrorSpec',
  'CreateLocalTracksOptions',
  'DataKind',
  'DataPublishOptions',
  'Dimensions',
  'DisconnectReason',
  'ErrorCode',
  'Grants',
  'IceServer',
  'JoinAnswer',
  'JoinInfo',
  'LocalTrack',
  'MediaKind',
  'MoveReason',
  'OptionsOfKind',
  'ParticipantEventCallbacks',
  'ParticipantRole',
  'PerformRpcParams',
  'ProcessorOptions',
  'PublicationEventCallbacks',
  'ReconnectContext',
  'ReconnectPolicy',
  'RemoteTrack',
  'RequestJoinOptions',
  'RoomConnectOptions',
  'RoomEventCallbacks',
  'RoomOptions',
  'RpcHandler',
  'RpcInvocationData',
  'ScreenShareCaptureOptions',
  'SendBytesOptions',
  'SendChatFileOptions',
  'SendChatMessageOptions',
  'SendFileOptions',
  'SendTextOptions',
  'StreamBytesOptions',
  'StreamSender',
  'StreamState',
  'TextStreamHandler',
  'TextStreamInfo',
  'TextStreamReader',
  'TrackEventCallbacks',
  'TrackProcessor',
  'TrackPublishDefaults',
  'TrackPublishOptions',
  'TrackSource',
  'VideoCaptureOptions',
  'VideoCodec',
  'VideoEncoding',
  'VideoPresetOptions',
  'VideoProcessorOptions',
  'VideoResolution',
  'VideoTrack',
];

const REACT = [
  'RoomProvider',
  'useActiveSpeakers',
  'useAttached',
  'useAudioPlayback',
  'useBreakouts',
  'useByteStream',
  'useCan',
  'useChat',
  'useConnectionQuality',
  'useConnectionState',
  'useDataReceived',
  'useIsLocked',
  'useIsMuted',
  'useLobby',
  'useLocalParticipant',
  'useMediaDevices',
  'useModeration',
  'useModerationEvent',
  'useParticipant',
  'useParticipantAttributes',
  'useParticipantMetadata',
  'useParticipantName',
  'useParticipants',
  'useRaisedHands',
  'useReactions',
  'useRemoteParticipants',
  'useRoles',
  'useRolesToGive',
  'useRoom',
  'useRoomInfo',
  'useRpcMethod',
  'useSpeaking',
  'useSpotlight',
  'useStageInvitation',
  'useStreamState',
  'useTextStream',
  'useTrack',
  'useTracks',
];

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** What `export { … } from` statements name, by what it is called outside. */
function exportedNames(source: string): { values: string[]; types: string[] } {
  const names = { values: [] as string[], types: [] as string[] };
  for (const [, typeOnly, list = ''] of source.matchAll(/^export (type )?\{([^}]*)\} from/gm)) {
    for (const item of list.split(',').map((one) => one.trim())) {
      if (item === '') continue;
      const name = item.replace(/^type /, '').replace(/^.* as /, '');
      names[typeOnly || item.startsWith('type ') ? 'types' : 'values'].push(name);
    }
  }
  return names;
}

test('the SDK exports these values, and no others', async () => {
  expect(Object.keys(await import('../src/index.ts')).toSorted()).toEqual(values);
});

test('the SDK exports these types beside the values, and no others', () => {
  const source = read('../src/index.ts');
  expect(source).not.toMatch(/export (type )?\*/);
  const names = exportedNames(source);
  expect(names.types.toSorted()).toEqual(types);
  expect(names.values.toSorted()).toEqual(values);
});

test('the sub-path for notifications exports these, and no others', async () => {
  const source = read('../src/notifications/index.ts');
  const names = exportedNames(source);
  expect(names.values).toEqual(['connectNotifications', 'Notifications', 'NotificationsEvent']);
  expect(Object.keys(await import('../src/notifications/index.ts')).toSorted()).toEqual(
    names.values.toSorted(),
  );
  expect(names.types.toSorted()).toEqual([
    'ConnectNotificationsOptions',
    'ListNotificationsOptions',
    'Notification',
    'NotificationPage',
    'NotificationType',
    'NotificationsEventCallbacks',
  ]);
});

test('the sub-path for checks of the connection exports these, and no others', async () => {
  const names = exportedNames(read('../src/connection-check/index.ts'));
  expect(names.values).toEqual(['CHECK_NAMES', 'ConnectionCheck']);
  expect(Object.keys(await import('../src/connection-check/index.ts')).toSorted()).toEqual(
    names.values,
  );
  expect(names.types.toSorted()).toEqual([
    'BandwidthData',
    'CheckData',
    'CheckInfo',
    'CheckLog',
    'CheckName',
    'CheckReason',
    'CheckReasonCode',
    'CheckStatus',
    'ConnectionCheckAccess',
    'ConnectionCheckCallbacks',
    'ConnectionCheckOptions',
    'DirectionData',
    'FlowData',
    'PathData',
    'PublishData',
    'ReceiveData',
    'SignallingData',
  ]);
});

test('the sub-path for leading a meeting exports these, and no others', async () => {
  const names = exportedNames(read('../src/moderation/index.ts'));
  expect(names.values).toEqual(['REACTIONS', 'Moderation', 'ModerationEvent']);
  expect(Object.keys(await import('../src/moderation/index.ts')).toSorted()).toEqual(
    names.values.toSorted(),
  );
  expect(names.types.toSorted()).toEqual([
    'Act',
    'BreakoutRoom',
    'LobbyEntry',
    'ModerationEventCallbacks',
    'OtherAct',
    'PersonAct',
    'Reaction',
    'RoomBan',
  ]);
});

test('the sub-path for statistics exports these, and no others', async () => {
  const names = exportedNames(read('../src/stats/index.ts'));
  expect(names.values).toEqual(['getTrackStats', 'toTrackStats']);
  expect(Object.keys(await import('../src/stats/index.ts')).toSorted()).toEqual(names.values);
  expect(names.types.toSorted()).toEqual([
    'ReceivedStreamStats',
    'ReceivedTrackStats',
    'SentStreamStats',
    'SentTrackStats',
    'StreamStats',
    'TrackStats',
    'TrackStatsBase',
  ]);
});

test('the sub-path for React exports these, and no others', async () => {
  const names = exportedNames(read('../src/react/index.ts'));
  expect(names.values.toSorted()).toEqual(REACT);
  expect(Object.keys(await import('../src/react/index.ts')).toSorted()).toEqual(REACT);
  expect(names.types.toSorted()).toEqual([
    'AudioPlaybackState',
    'BreakoutsState',
    'ChatState',
    'LocalParticipantState',
    'MediaDevicesState',
    'RoomInfoState',
    'RoomProviderProps',
    'ShownReaction',
    'TrackReference',
    'UseDataReceivedOptions',
    'UseTracksOptions',
  ]);
});

test('every entry of the package is one of those above', () => {
  const { exports } = JSON.parse(read('../package.json')) as { exports: object };
  expect(Object.keys(exports)).toEqual([
    '.',
    './react',
    './notifications',
    './connection-check',
    './stats',
    './moderation',
    // The core, in one file.
    './bundle',
    './package.json',
  ]);
});

test("the version that the server logs is the package's", () => {
  expect(JSON.parse(read('../package.json'))).toMatchObject({ version: VERSION });
});
