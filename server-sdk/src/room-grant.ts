import type { RoomGrantClaims } from '@balai/protocol';

/**
 * What somebody may do in a room. What is absent has livekit's default: they publish, subscribe and
 * send data, and nothing else.
 */
export interface RoomGrant extends Omit<RoomGrantClaims, 'name' | 'join'> {
  /** Name of the room, 1 to 255 characters. Names are unique among the open rooms of a project. */
  readonly room: string;
  /** Every grant is for joining. Present so that code written for livekit reads the same. */
  readonly roomJoin?: true;
}

/** As tokens say it. */
export function toClaims({ room, roomJoin: _always, ...rest }: RoomGrant): RoomGrantClaims {
  return { name: room, join: true, ...rest };
}

/** As applications write it. */
export function fromClaims({ name, join, ...rest }: RoomGrantClaims): RoomGrant {
  return { room: name, roomJoin: join, ...rest };
}
