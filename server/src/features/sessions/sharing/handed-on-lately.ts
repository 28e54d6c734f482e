import type { ParticipantId } from '@balai/protocol';

/** Longer than another process may take to say that it goes on with somebody. */
const LATELY_MS = 30_000;

/** Whom one process has let others have: until these say so, its record is the only one of them. */
export class HandedOnLately {
  readonly #timers = new Map<ParticipantId, NodeJS.Timeout>();

  has(participantId: ParticipantId): boolean {
    return this.#timers.has(participantId);
  }

  /** For 30 s from now on. */
  add(participantId: ParticipantId): void {
    this.delete(participantId);
    const timer = setTimeout(() => this.#timers.delete(participantId), LATELY_MS);
    timer.unref();
    this.#timers.set(participantId, timer);
  }

  /** They are back. */
  delete(participantId: ParticipantId): void {
    clearTimeout(this.#timers.get(participantId));
    this.#timers.delete(participantId);
  }

  /** Forgets everybody. */
  close(): void {
    for (const participantId of [...this.#timers.keys()]) this.delete(participantId);
  }
}
