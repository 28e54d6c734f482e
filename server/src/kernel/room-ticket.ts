import type { RoomTicket } from './route.ts';

/**
 * What a room token is shown for: coming into the room, going on with a stay over another
 * socket, or a request about the room.
 */
export type TokenUse = 'enter' | 'resume' | 'act';

/**
 * Whom a room token lets into which room: one of ours, or of an application's.
 *
 * @throws AppError `token_expired`, `unauthorized`; of tokens of applications `forbidden`,
 * `room_not_found` too; `unavailable` where nobody knows whether it was taken back.
 */
export type VerifyRoomToken = (token: string, use: TokenUse) => Promise<RoomTicket>;

/** What has to be known of somebody who gets a ticket; the rest is as for our own accounts and guests. */
export type TicketParts = Pick<RoomTicket, 'roomId' | 'identity' | 'name' | 'role' | 'grants'> &
  Partial<RoomTicket>;

/** A ticket for somebody of this server, unless the parts say otherwise. It is in no token yet. */
export function ticketOf(parts: TicketParts): RoomTicket {
  return {
    projectId: null,
    userId: parts.identity,
    sessionId: null,
    metadata: '',
    attributes: {},
    tokenId: null,
    issuedAt: 0,
    ...parts,
  };
}
