import type { ConnectionQuality } from '../participants/connection-quality.ts';
import type { Participant } from '../participants/participant.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = ['connectionQualityChanged'] as const;

/** How well somebody is connected. */
export function useConnectionQuality(participant: Participant): ConnectionQuality {
  return useObserved(participant, EVENTS, ({ connectionQuality }) => connectionQuality);
}
