import type { Clock } from '../../kernel/clock.ts';

/** Longer than a join may take. */
const KEPT_MS = 60_000;

/** The signed-in sessions that ended a moment ago: a join of theirs may be under way. */
export class EndedSessions {
  readonly #clock: Clock;
  readonly #endedAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(sessionIds: readonly string[]): void {
    const now = this.#clock();
    for (const [sessionId, endedAt] of this.#endedAt) {
      if (endedAt < now - KEPT_MS) {
        this.#endedAt.delete(sessionId);
      }
    }
    for (const sessionId of sessionIds) {
      this.#endedAt.set(sessionId, now);
    }
  }

  /** @param sessionId Null for who is not signed in. */
  has(sessionId: string | null): boolean {
    return sessionId !== null && this.#endedAt.has(sessionId);
  }
}
