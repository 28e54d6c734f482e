import { type TrackReference, useAttached, useTracks } from '@balai/client/react';

const SOUNDS = ['microphone', 'screen_share_audio'] as const;

/** Plays what everybody else says, seen or not. */
export function Sounds() {
  const sounds = useTracks(SOUNDS, { onlySubscribed: true });
  return sounds
    .filter(({ participant }) => !participant.isLocal)
    .map((sound) => <Sound key={`${sound.participant.identity} ${sound.source}`} sound={sound} />);
}

function Sound({ sound: { track, participant, source } }: { sound: TrackReference }) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: live speech comes without captions.
    <audio
      ref={useAttached(track)}
      autoPlay
      data-identity={participant.identity}
      data-source={source}
    />
  );
}
