import type { LocalVideoTrack, RemoteVideoTrack } from '@balai/client';
import { useEffect, useRef } from 'react';

interface VideoProps {
  readonly track: LocalVideoTrack | RemoteVideoTrack;
  readonly label: string;
  readonly className: string;
}

/** Shows a track. */
export function Video({ track, label, className }: VideoProps) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    track.attach(element);
    return () => {
      track.detach(element);
    };
  }, [track]);
  return (
    // Muted: sound has elements of its own. The label is for screen readers, captions there are none.
    <video ref={ref} className={className} aria-label={label} autoPlay playsInline muted />
  );
}
