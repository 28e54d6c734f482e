import type { RoomFact } from '../rooms/rooms.ts';

/** What the chat notes of it, as a clause about the actor. */
export function describeFact(fact: RoomFact): string | undefined {
  switch (fact.type) {
    case 'renamed':
      return `renamed the room to ${fact.room.name}`;
    case 'cancelled':
      return 'called the meeting off';
    case 'ended':
      return 'ended the meeting';
    case 'roleGiven':
      return describeRole(fact);
    default:
      return undefined;
  }
}

/** Who comes to the stage and goes from it is no news: in a large meeting there is a coming and going. */
function describeRole({
  name,
  role,
  before,
}: Extract<RoomFact, { readonly type: 'roleGiven' }>): string | undefined {
  if (role === 'moderator') {
    return `made ${name} a moderator`;
  }
  return before === 'moderator' ? `took the role of moderator from ${name}` : undefined;
}
