import type { ParticipantId } from '@balai/protocol';
import type { FactMessage, NodeFact, NodeFacts } from './wire.ts';

/** Some ten megabytes: more than a full node has to tell in the time for which it keeps people. */
const DEFAULT_LIMIT = 50_000;

/**
 * Facts for one replica, kept until it has confirmed them, so that none is lost with a
 * socket. Of what is only worth something while it is new, the latest is kept.
 */
export class Outbox {
  readonly #limit: number;
  /** In the order of their numbers. */
  readonly #messages = new Map<string, FactMessage>();
  #last = 0;

  /** @param limit Facts that may be kept. Default 50,000. */
  constructor(limit = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** Number of the last fact before those that are kept. */
  get told(): number {
    const [first] = this.#messages.values();
    return first === undefined ? this.#last : first.number - 1;
  }

  /** Whether facts had to be dropped: then the replica cannot know what became of its people. */
  get isOverfull(): boolean {
    return this.#messages.size > this.#limit;
  }

  put<Fact extends NodeFact>(name: Fact, fact: NodeFacts[Fact]): FactMessage {
    this.#last += 1;
    const message: FactMessage = { number: this.#last, name, fact };
    const key = supersededBy(name, fact) ?? String(this.#last);
    this.#messages.delete(key);
    this.#messages.set(key, message);
    return message;
  }

  /** Forgets what arrived: all facts up to a number. */
  confirm(number: number): void {
    for (const [key, message] of this.#messages) {
      if (message.number > number) return;
      this.#messages.delete(key);
    }
  }

  /** What was not confirmed, the oldest first. */
  pending(): readonly FactMessage[] {
    return [...this.#messages.values()];
  }

  /** What was not confirmed of somebody, the oldest first. */
  pendingOf(participantId: ParticipantId): readonly FactMessage[] {
    return this.pending().filter(
      ({ fact }) => 'participantId' in fact && fact.participantId === participantId,
    );
  }

  clear(): void {
    this.#messages.clear();
  }
}

/** What a fact replaces: the earlier one with the same key. */
function supersededBy(name: NodeFact, fact: NodeFacts[NodeFact]): string | undefined {
  if (name === 'audioLevels' && 'roomId' in fact) return `levels of ${fact.roomId}`;
  if (name === 'lineMeasured' && 'participantId' in fact) return `line of ${fact.participantId}`;
  return undefined;
}
