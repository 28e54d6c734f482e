import type { LocalAudioTrack, LocalVideoTrack } from './local-track.ts';
import type { RemoteAudioTrack, RemoteVideoTrack } from './remote-track.ts';

/** Sound, ours or somebody else's. */
export type AudioTrack = LocalAudioTrack | RemoteAudioTrack;

/** Pictures, ours or somebody else's. */
export type VideoTrack = LocalVideoTrack | RemoteVideoTrack;
