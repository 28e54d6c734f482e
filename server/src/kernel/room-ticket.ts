import type { RoomTicket } from './route.ts';

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
