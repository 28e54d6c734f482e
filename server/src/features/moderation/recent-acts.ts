import type { ParticipantRole, RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { personOf } from './moderation.ts';

/** Longer than a join may take. */
const KEPT_MS = 60_000;

interface Act {
  readonly at: number;
  /** Null for who was sent out. */
  readonly role: Exclude<ParticipantRole, 'host'> | null;
}

/**
 * What was done to people a moment ago: a join of theirs may be under way, with a
 * token that was good when it began.
 */
export class RecentActs {
  readonly #clock: Clock;
  readonly #acts = new Map<string, Act>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param role What they were made; null: they were sent out. */
  add(roomId: RoomId, userId: string, role: Act['role']): void {
    const now = this.#clock();
    for (const [key, { at }] of this.#acts) {
      if (at < now - KEPT_MS) {
        this.#acts.delete(key);
      }
    }
    this.#acts.set(keyOf(roomId, userId), { at: now, role });
  }

  /** What was done last to who comes with a token from before; undefined for nothing. */
  find(ticket: RoomTicket): Pick<Act, 'role'> | undefined {
    const act = this.#acts.get(keyOf(ticket.roomId, personOf(ticket)));
    return act !== undefined && ticket.issuedAt < act.at ? act : undefined;
  }
}

function keyOf(roomId: RoomId, userId: string): string {
  return `${roomId} ${userId}`;
}
