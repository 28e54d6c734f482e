import { reportFault } from './report-fault.ts';

/** Listeners by event name. */
export type EventMap<Events> = { [E in keyof Events]: (...facts: never[]) => void };

interface Entry {
  readonly listener: unknown;
  readonly isOnce: boolean;
}

/**
 * Tells facts to listeners, in the order in which they came. A listener that
 * throws breaks neither the emitter nor the other listeners; what it threw is
 * reported to the console.
 */
export class Emitter<Events extends EventMap<Events>> {
  readonly #entries = new Map<keyof Events, Entry[]>();

  /** Calls `listener` at each `event`. The same listener may be added twice and is then called twice. */
  on<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, { listener, isOnce: false });
  }

  /** Calls `listener` at the next `event` only. */
  once<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, { listener, isOnce: true });
  }

  /** Takes back one `on` or `once` of this listener; the latest, if there were several. */
  off<E extends keyof Events>(event: E, listener: Events[E]): this {
    const entries = this.#entries.get(event) ?? [];
    const index = entries.findLastIndex((entry) => entry.listener === listener);
    if (index >= 0) this.#entries.set(event, entries.toSpliced(index, 1));
    return this;
  }

  /** @internal */
  emit<E extends keyof Events>(event: E, ...facts: Parameters<Events[E]>): void {
    for (const entry of this.#entries.get(event) ?? []) {
      if (entry.isOnce) this.#remove(event, entry);
      try {
        (entry.listener as (...facts: Parameters<Events[E]>) => void)(...facts);
      } catch (error) {
        reportFault(`a listener of "${String(event)}" failed`, error);
      }
    }
  }

  #add(event: keyof Events, entry: Entry): this {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), entry]);
    return this;
  }

  #remove(event: keyof Events, entry: Entry): void {
    const entries = this.#entries.get(event) ?? [];
    this.#entries.set(
      event,
      entries.filter((other) => other !== entry),
    );
  }
}
