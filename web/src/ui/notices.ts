import { Store } from '../app/store.ts';

/** A short message that goes away by itself. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  /** Problems stay longer, can be closed, and are announced at once. */
  readonly tone: 'info' | 'problem';
}

const SHOWN_AT_ONCE = 3;
const INFO_DURATION_MS = 5_000;
const PROBLEM_DURATION_MS = 12_000;

/** What the app says in passing: who came and went, what was said, what failed. */
export class Notices {
  readonly state = new Store<readonly Notice[]>([]);
  readonly #timers = new Map<number, number>();
  #lastId = 0;

  tell(text: string, tone: Notice['tone'] = 'info'): void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.state.update((notices) => [...notices, { id, text, tone }].slice(-SHOWN_AT_ONCE));
    const durationMs = tone === 'problem' ? PROBLEM_DURATION_MS : INFO_DURATION_MS;
    this.#timers.set(
      id,
      window.setTimeout(() => this.dismiss(id), durationMs),
    );
  }

  dismiss(id: number): void {
    window.clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.state.update((notices) => notices.filter((notice) => notice.id !== id));
  }

  /** Forgets everything, with the timers. */
  close(): void {
    for (const timer of this.#timers.values()) window.clearTimeout(timer);
    this.#timers.clear();
    this.state.set([]);
  }
}
