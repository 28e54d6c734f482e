import { useCallback } from 'react';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = ['audioPlaybackChanged'] as const;

/** Whether the browser plays sound, and how to make it. */
export interface AudioPlaybackState {
  /** False while the browser refuses to play sound. */
  readonly canPlayAudio: boolean;
  /** As `room.startAudio`: call it in a click. */
  readonly startAudio: () => Promise<void>;
}

/** Whether sound plays: show a button that calls `startAudio` while it does not. */
export function useAudioPlayback(given?: Room): AudioPlaybackState {
  const room = useRoom(given);
  const canPlayAudio = useObserved(room, EVENTS, ({ canPlaybackAudio }) => canPlaybackAudio);
  const startAudio = useCallback(() => room.startAudio(), [room]);
  return { canPlayAudio, startAudio };
}
