import type { ConnectionState } from '../connection-state.ts';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = ['connectionStateChanged'] as const;

/** Whether the room is joined, and whether it is being joined anew. */
export function useConnectionState(given?: Room): ConnectionState {
  return useObserved(useRoom(given), EVENTS, (room) => room.state);
}
