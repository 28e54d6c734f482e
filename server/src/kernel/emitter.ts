/** Labels of the facts that an emitter tells, each with what comes with it. */
export type EventMap = Record<string, unknown>;

type Listener<T> = (fact: T) => void;

/**
 * Tells past-tense facts to listeners, in the order in which they subscribed.
 * A listener that throws breaks neither the emitter nor the other listeners.
 */
export class Emitter<Events extends EventMap> {
  // Not by `keyof Events`: what tells more facts can be taken for what tells fewer.
  readonly #listeners = new Map<PropertyKey, Set<Listener<never>>>();
  readonly #reportFault: (error: unknown, event: string) => void;

  /** @param reportFault Gets what a listener throws: it belongs in the log. */
  constructor(reportFault: (error: unknown, event: string) => void) {
    this.#reportFault = reportFault;
  }

  /** @returns a function that ends the subscription. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<E extends keyof Events & string>(event: E, fact: Events[E]): void {
    const listeners = (this.#listeners.get(event) ?? []) as Iterable<Listener<Events[E]>>;
    for (const listener of [...listeners]) {
      try {
        listener(fact);
      } catch (error) {
        this.#reportFault(error, event);
      }
    }
  }

  removeAll(): void {
    this.#listeners.clear();
  }
}
