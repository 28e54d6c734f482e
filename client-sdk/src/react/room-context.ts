import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { Room } from '../room.ts';

const RoomContext = createContext<Room | undefined>(undefined);

/** What {@link RoomProvider} takes. */
export interface RoomProviderProps {
  /** Connected or not; whoever made it disconnects it. */
  readonly room: Room;
  /** What may use the room. */
  readonly children?: ReactNode;
}

/** Gives the hooks below it their room. */
export function RoomProvider({ room, children }: RoomProviderProps): ReactElement {
  return createElement(RoomContext.Provider, { value: room }, children);
}

/**
 * The room of the nearest {@link RoomProvider}, or the one that is given.
 *
 * @throws Error outside of a provider, without a room.
 */
export function useRoom(given?: Room): Room {
  const provided = useContext(RoomContext);
  const room = given ?? provided;
  if (room === undefined) throw new Error('useRoom needs a RoomProvider above it, or a room');
  return room;
}
