import type { RoomId } from '@balai/protocol';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = ['connected', 'reconnected'] as const;

/** What a room is called. */
export interface RoomInfoState {
  /** Empty before the room is joined. */
  readonly name: string;
  /** Its id; empty before the room is joined. */
  readonly sid: RoomId;
}

/** The name and the id of the room that was joined last. */
export function useRoomInfo(given?: Room): RoomInfoState {
  return useObserved(useRoom(given), EVENTS, ({ name, sid }) => ({ name, sid }));
}
