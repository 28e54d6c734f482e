import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const OF_PARTICIPANT = ['isSpeakingChanged'] as const;
const OF_ROOM = ['activeSpeakersChanged'] as const;

/** Whether somebody speaks now. */
export function useSpeaking(participant: Participant): boolean {
  return useObserved(participant, OF_PARTICIPANT, ({ isSpeaking }) => isSpeaking);
}

/** Who speaks now, the loudest first. Another list when one begins or ceases, or they change places. */
export function useActiveSpeakers(given?: Room): readonly Participant[] {
  return useObserved(useRoom(given), OF_ROOM, ({ activeSpeakers }) => activeSpeakers);
}
