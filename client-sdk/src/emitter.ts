import { reportFault } from './report-fault.ts';

/** Listeners by event name. */
export type EventMap<Events> = { [E in keyof Events]: (...facts: never[]) => void };

interface Entry {
  readonly listener: unknown;
  readonly isOnce: boolean;
  /** Of the SDK itself: nobody outside takes it off. */
  readonly isOwn?: boolean;
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
    this.listened(event);
    return this.#add(event, { listener, isOnce: false });
  }

  /** Calls `listener` at the next `event` only. */
  once<E extends keyof Events>(event: E, listener: Events[E]): this {
    this.listened(event);
    return this.#add(event, { listener, isOnce: true });
  }

  /** Takes back one `on` or `once` of this listener; the latest, if there were several. */
  off<E extends keyof Events>(event: E, listener: Events[E]): this {
    const entries = this.#entries.get(event) ?? [];
    const index = entries.findLastIndex((entry) => entry.listener === listener);
    if (index >= 0) this.#entries.set(event, entries.toSpliced(index, 1));
    return this;
  }

  /** As `on`. */
  addListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.on(event, listener);
  }

  /** As `off`. */
  removeListener<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.off(event, listener);
  }

  /** Takes back every `on` and `once` of the application, or those of one event. */
  removeAllListeners(event?: keyof Events): this {
    for (const [name, entries] of this.#entries) {
      if (event !== undefined && name !== event) continue;
      this.#entries.set(
        name,
        entries.filter(({ isOwn }) => isOwn),
      );
    }
    return this;
  }

  /** How many listeners the application has for an event. */
  listenerCount(event: keyof Events): number {
    return (this.#entries.get(event) ?? []).filter(({ isOwn }) => !isOwn).length;
  }

  /** @internal As `on`, for the SDK itself: stays when an application takes off its listeners. */
  watch<E extends keyof Events>(event: E, listener: Events[E]): this {
    return this.#add(event, { listener, isOnce: false, isOwn: true });
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

  /** @internal An application listens to this event from now on. */
  protected listened(_event: keyof Events): void {
    // Most facts come whether somebody listens or not.
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
