import type { ParticipantId } from '@balai/protocol';
import type { ClusterPerson } from './cluster-room.ts';

/** Longer than another replica may take to go on with somebody. */
const TAKEN_WITHIN_MS = 30_000;

/**
 * Whom this replica let another one have. Until that one has taken them they are this one's for
 * the node, which would keep their media for as long as this replica lives.
 */
export class HandedOn {
  readonly #free: (person: ClusterPerson) => void;
  readonly #timers = new Map<ParticipantId, NodeJS.Timeout>();

  /** @param free Frees what somebody has on their node: nothing where they are another replica's by now. */
  constructor(free: (person: ClusterPerson) => void) {
    this.#free = free;
  }

  add(person: ClusterPerson): void {
    const { participantId } = person;
    this.takenBack(participantId);
    const timer = setTimeout(() => {
      this.#timers.delete(participantId);
      this.#free(person);
    }, TAKEN_WITHIN_MS);
    timer.unref();
    this.#timers.set(participantId, timer);
  }

  /** They are this replica's again. Nothing for who was not handed on. */
  takenBack(participantId: ParticipantId): void {
    clearTimeout(this.#timers.get(participantId));
    this.#timers.delete(participantId);
  }

  /** This replica ends, and with it what nodes have of it. Idempotent. */
  close(): void {
    for (const participantId of [...this.#timers.keys()]) this.takenBack(participantId);
  }
}
