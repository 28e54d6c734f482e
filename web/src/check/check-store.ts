import { type CheckInfo, ConnectionCheck } from '@balai/client/connection-check';
import { Store } from '../app/store.ts';

/** What the page of the check shows. */
export interface CheckState {
  readonly phase: 'ready' | 'running' | 'done';
  /** In the order in which they run. */
  readonly infos: readonly CheckInfo[];
  /** When the last one began; null before. */
  readonly startedAt: Date | null;
}

/** Checks the connection to this app's own server, as often as somebody asks. */
export class CheckStore {
  readonly state: Store<CheckState>;
  #giving = new AbortController();

  constructor() {
    const infos = this.#makeCheck().getResults();
    this.state = new Store<CheckState>({ phase: 'ready', infos, startedAt: null });
  }

  /** Nothing while a check runs. Call it from a click, so that sound can be checked too. */
  async run(): Promise<void> {
    if (this.state.get().phase === 'running') return;
    this.#giving = new AbortController();
    const { signal } = this.#giving;
    const check = this.#makeCheck();
    const show = (phase: CheckState['phase']) =>
      this.state.update((state) => ({ ...state, phase, infos: check.getResults() }));
    this.state.update((state) => ({ ...state, startedAt: new Date() }));
    show('running');
    check.on('checkUpdate', () => show('running'));
    await check.run();
    show(signal.aborted ? 'ready' : 'done');
  }

  /** Gives up what runs. */
  close(): void {
    this.#giving.abort();
  }

  #makeCheck(): ConnectionCheck {
    return new ConnectionCheck(window.location.origin, { signal: this.#giving.signal });
  }
}
