import type { StreamState } from '@balai/protocol';
import type { Room } from '../room.ts';
import type { TrackPublication } from '../tracks/track-publication.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';
import { streamStateOf } from './use-tracks.ts';

const MUTED = ['trackMuted', 'trackUnmuted'] as const;
const FLOWING = ['trackStreamStateChanged', 'trackSubscribed', 'trackUnsubscribed'] as const;

/** Whether a publication sends nothing for now. True where there is none. */
export function useIsMuted(publication: TrackPublication | undefined, given?: Room): boolean {
  return useObserved(useRoom(given), MUTED, () => publication?.isMuted ?? true);
}

/** Whether the server withholds a publication (`paused`), for want of bandwidth say. */
export function useStreamState(
  publication: TrackPublication | undefined,
  given?: Room,
): StreamState {
  return useObserved(useRoom(given), FLOWING, () => streamStateOf(publication));
}
