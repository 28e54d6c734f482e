export { RoomProvider, type RoomProviderProps, useRoom } from './room-context.ts';
export { useAttached } from './use-attached.ts';
export { type AudioPlaybackState, useAudioPlayback } from './use-audio-playback.ts';
export { type ChatState, useChat } from './use-chat.ts';
export { useConnectionState } from './use-connection-state.ts';
export { type MediaDevicesState, useMediaDevices } from './use-media-devices.ts';
export {
  type LocalParticipantState,
  useLocalParticipant,
  useParticipant,
  useParticipants,
  useRemoteParticipants,
  useRoles,
} from './use-participants.ts';
export { type TrackReference, type UseTracksOptions, useTracks } from './use-tracks.ts';
