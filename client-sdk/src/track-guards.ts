import type { LocalParticipant } from './participants/local-participant.ts';
import type { Participant } from './participants/participant.ts';
import type { RemoteParticipant } from './participants/remote-participant.ts';
import type { LocalTrack } from './tracks/local-track.ts';
import type { RemoteTrack } from './tracks/remote-track.ts';
import { Track } from './tracks/track.ts';
import type { AudioTrack, VideoTrack } from './tracks/track-types.ts';

/** Whether it is a track of our own. As in livekit-client. */
export function isLocalTrack(track: Track | MediaStreamTrack | undefined): track is LocalTrack {
  return track instanceof Track && track.isLocal;
}

/** Whether it is a track of somebody else. As in livekit-client. */
export function isRemoteTrack(track: Track | undefined): track is RemoteTrack {
  return track instanceof Track && !track.isLocal;
}

/** Whether it is sound. As in livekit-client. */
export function isAudioTrack(track: Track | undefined): track is AudioTrack {
  return track?.kind === 'audio';
}

/** Whether it is pictures. As in livekit-client. */
export function isVideoTrack(track: Track | undefined): track is VideoTrack {
  return track?.kind === 'video';
}

/** Whether it is ourselves. As in livekit-client. */
export function isLocalParticipant(
  participant: Participant | undefined,
): participant is LocalParticipant {
  return participant?.isLocal === true;
}

/** Whether it is somebody else. As in livekit-client. */
export function isRemoteParticipant(
  participant: Participant | undefined,
): participant is RemoteParticipant {
  return participant?.isLocal === false;
}
