import type { Track } from '@balai/client';
import { useAttached } from '@balai/client/react';

interface VideoProps {
  readonly track: Track;
  readonly label: string;
  readonly className: string;
}

/** Shows a track. */
export function Video({ track, label, className }: VideoProps) {
  return (
    // Muted: sound has elements of its own. The label is for screen readers, captions there are none.
    <video
      ref={useAttached(track)}
      className={className}
      aria-label={label}
      autoPlay
      playsInline
      muted
    />
  );
}
