import type { ChatMessage, Identity, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { UserId } from '../../kernel/route.ts';
import type { MessageEvent } from '../rooms/room-news.ts';
import type { Broadcast } from '../sessions/connection.ts';
import type { PeopleElsewhere } from '../sessions/people-elsewhere.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** A message that those of its audience are to hear of who are in this process; null for everybody. */
export interface DeliveredMessage {
  readonly roomId: RoomId;
  readonly event: MessageEvent;
  readonly message: ChatMessage;
  readonly audience: readonly UserId[] | null;
}

/** Tells the people of a room in this process of a message. */
export function deliverMessage(
  { roomId, event, message, audience }: DeliveredMessage,
  sessions: Pick<Sessions, 'findStayOf'>,
  broadcast: Broadcast,
): void {
  if (audience === null) {
    broadcast(roomId, event, message, []);
    return;
  }
  for (const userId of audience) {
    sessions.findStayOf(roomId, userId)?.connection.send(event, message);
  }
}

/**
 * Makes sure that who is in a room under an identity can be written to.
 *
 * @throws AppError `not_found` for who is there without being told of; `unavailable`.
 */
export async function settleRecipient(
  sessions: Pick<Sessions, 'findStay' | 'recordArrival'>,
  elsewhere: Pick<PeopleElsewhere, 'find'>,
  roomId: RoomId,
  identity: Identity,
): Promise<void> {
  const stay = sessions.findStay(roomId, identity);
  const grants = stay?.ticket.grants ?? (await elsewhere.find(roomId, { identity }))?.grants;
  if (grants?.hidden) {
    throw new AppError('not_found', 'Nobody of this identity is or was in the room');
  }
  if (stay !== undefined) {
    await sessions.recordArrival(stay);
  }
}
