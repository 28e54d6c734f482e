import type { RemoteAudioTrack } from '@balai/client';
import { useEffect, useRef } from 'react';
import type { Person } from './people.ts';

/** Plays what everybody else says, seen or not. */
export function Sounds({ people }: { people: readonly Person[] }) {
  return people.map(({ identity, microphone, screenSound }) => [
    microphone && (
      <Sound key={`${identity} m`} track={microphone} identity={identity} source="microphone" />
    ),
    screenSound && (
      <Sound
        key={`${identity} s`}
        track={screenSound}
        identity={identity}
        source="screen_share_audio"
      />
    ),
  ]);
}

function Sound(props: { track: RemoteAudioTrack; identity: string; source: string }) {
  const { track, identity, source } = props;
  const ref = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    track.attach(element);
    return () => {
      track.detach(element);
    };
  }, [track]);
  // biome-ignore lint/a11y/useMediaCaption: live speech comes without captions.
  return <audio ref={ref} autoPlay data-identity={identity} data-source={source} />;
}
