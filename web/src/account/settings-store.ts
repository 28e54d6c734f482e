import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import type { AccountStore } from './account-store.ts';

/** The settings, of those that the server keeps, which this app follows. */
export interface AppSettings {
  readonly join_muted: boolean;
  readonly join_without_camera: boolean;
  readonly mirror_own_video: boolean;
}

/** What the person has chosen; null until the server has said it. */
export interface SettingsState {
  readonly settings: AppSettings | null;
  readonly failure: Failure | null;
}

const PATH = '/v1/users/me/settings';

/** @throws RequestError when the server doesn't tell. */
export function readSettings(account: AccountStore): Promise<AppSettings> {
  return account.request<AppSettings>(PATH);
}

/** Keeps what the person has chosen, for every device of theirs. */
export class SettingsStore {
  readonly state = new Store<SettingsState>({ settings: null, failure: null });
  readonly #account: AccountStore;
  /** What the server has. */
  #kept: AppSettings | null = null;
  /** Raised by each choice: what came of an older one does not undo a newer one. */
  #choices = 0;

  constructor(account: AccountStore) {
    this.#account = account;
  }

  /** Failures become part of the state. */
  async load(): Promise<void> {
    this.state.update((state) => ({ ...state, failure: null }));
    try {
      this.#kept = await readSettings(this.#account);
      this.state.set({ settings: this.#kept, failure: null });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Shows the choice at once, and takes it back where the server doesn't keep it. */
  async choose<K extends keyof AppSettings>(key: K, value: AppSettings[K]): Promise<void> {
    const { settings } = this.state.get();
    if (settings === null) return;
    this.#choices += 1;
    const choice = this.#choices;
    this.state.set({ settings: { ...settings, [key]: value }, failure: null });
    try {
      await this.#account.request(`${PATH}/${key}`, { method: 'PUT', body: { value } });
      if (this.#kept !== null) this.#kept = { ...this.#kept, [key]: value };
    } catch (error) {
      if (choice === this.#choices)
        this.state.update((state) => ({ ...state, settings: this.#kept }));
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.state.update((state) => ({ ...state, failure: toFailure(error) }));
  }
}
