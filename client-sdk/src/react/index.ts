'use client';

export { RoomProvider, type RoomProviderProps, useRoom } from './room-context.ts';
export { useAttached } from './use-attached.ts';
export { type AudioPlaybackState, useAudioPlayback } from './use-audio-playback.ts';
export { type ChatState, useChat } from './use-chat.ts';
export { useConnectionQuality } from './use-connection-quality.ts';
export { useConnectionState } from './use-connection-state.ts';
export {
  type UseDataReceivedOptions,
  useByteStream,
  useDataReceived,
  useRpcMethod,
  useTextStream,
} from './use-data.ts';
export { type MediaDevicesState, useMediaDevices } from './use-media-devices.ts';
export {
  type BreakoutsState,
  type ShownReaction,
  useBreakouts,
  useCan,
  useIsLocked,
  useLobby,
  useModeration,
  useModerationEvent,
  useRaisedHands,
  useReactions,
  useRolesToGive,
  useSpotlight,
  useStageInvitation,
} from './use-moderation.ts';
export {
  type LocalParticipantState,
  useLocalParticipant,
  useParticipant,
  useParticipants,
  useRemoteParticipants,
  useRoles,
} from './use-participants.ts';
export {
  useParticipantAttributes,
  useParticipantMetadata,
  useParticipantName,
} from './use-presence.ts';
export { useIsMuted, useStreamState } from './use-publication.ts';
export { type RoomInfoState, useRoomInfo } from './use-room-info.ts';
export { useActiveSpeakers, useSpeaking } from './use-speaking.ts';
export { type TrackReference, type UseTracksOptions, useTrack, useTracks } from './use-tracks.ts';
