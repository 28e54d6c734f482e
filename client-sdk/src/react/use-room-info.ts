import type { RoomId } from '@balai/protocol';
import type { Room } from '../room.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = [
  'connected',
  'reconnected',
  'moved',
  'roomNameChanged',
  'roomMetadataChanged',
] as const;

/** What a room is called. */
export interface RoomInfoState {
  /** Empty before the room is joined. */
  readonly name: string;
  /** Its id; empty before the room is joined. */
  readonly sid: RoomId;
  /** Free text of the application; may be empty. */
  readonly metadata: string;
}

/** The name, the id and the metadata of the room that was joined last. */
export function useRoomInfo(given?: Room): RoomInfoState {
  return useObserved(useRoom(given), EVENTS, ({ name, sid, metadata }) => ({
    name,
    sid,
    metadata,
  }));
}
