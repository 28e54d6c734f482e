import type { ParticipantId, Speaker } from '@balai/protocol';
import type { Participant } from './participant.ts';

/** Who speaks, as the server says (SPEC 11.1). */
export class ActiveSpeakers {
  readonly #find: (id: ParticipantId) => Participant | undefined;
  readonly #tell: (speakers: Participant[]) => void;
  #current: Participant[] = [];

  /** @param tell Hears who speaks now, after each of them was told of a change of its own. */
  constructor(
    find: (id: ParticipantId) => Participant | undefined,
    tell: (speakers: Participant[]) => void,
  ) {
    this.#find = find;
    this.#tell = tell;
  }

  /** The loudest first. */
  get current(): Participant[] {
    return this.#current;
  }

  /** Takes who speaks from now on: nobody else does. */
  update(speakers: readonly Speaker[]): void {
    const before = this.#current;
    const levels = new Map<Participant, number>();
    for (const { participantId, level } of speakers) {
      const participant = this.#find(participantId);
      if (participant) levels.set(participant, level);
    }
    this.#current = [...levels.keys()];
    for (const participant of new Set([...this.#current, ...before])) {
      participant.setLevel(levels.get(participant));
    }
    if (before.length + this.#current.length > 0) this.#tell(this.#current);
  }
}
