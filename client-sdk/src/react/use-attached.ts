import { type RefCallback, useMemo } from 'react';
import type { Track } from '../tracks/track.ts';

/**
 * A `ref` for a `<video>` or `<audio>` element that shows the track, and lets go of
 * it when track or element change.
 */
export function useAttached<E extends HTMLMediaElement>(
  track: Pick<Track, 'attach' | 'detach'> | undefined | null,
): RefCallback<E> {
  return useMemo(() => {
    let attached: E | null = null;
    return (element: E | null) => {
      if (attached !== null) track?.detach(attached);
      attached = element;
      if (element !== null) track?.attach(element);
    };
  }, [track]);
}
