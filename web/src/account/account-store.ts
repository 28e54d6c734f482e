import { type Failure, toFailure } from '../app/failure.ts';
import { keep, readKept } from '../app/kept.ts';
import { type RequestOptions, sendRequest } from '../app/request.ts';
import { Store } from '../app/store.ts';

/** An account, as `GET /v1/users/me` shows it. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly isEmailVerified: boolean;
  readonly firstName: string;
  readonly lastName: string;
  /** Path on the server; null for no picture. */
  readonly avatarUrl: string | null;
  /** Whether the pages for administrators are open to them. */
  readonly isAdmin: boolean;
}

interface SignedIn {
  readonly user: User;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
}

/** Who uses the app. */
export type AccountState =
  | { readonly status: 'restoring' }
  /** `failure` says why a session that was there could not be restored. */
  | { readonly status: 'signedOut'; readonly failure?: Failure }
  | { readonly status: 'signedIn'; readonly user: User };

/** What the form for a new account asks for. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Says whether a session may be there, so that a guest's page doesn't ask for one. No secret. */
const SIGNED_IN_HINT = 'balai.signedIn';

/** The codes after which a session is gone for good. */
const SESSION_OVER = new Set(['unauthorized', 'token_expired', 'refresh_token_reused']);

/** An access token is renewed when it has less than this left. */
const RENEW_BEFORE_EXPIRY_MS = 20_000;

/**
 * Runs `work` while no other tab of this browser does the same: two tabs that
 * exchanged one refresh token would look like a thief to the server.
 */
async function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  // Browsers give locks to secure pages only.
  if (!('locks' in navigator)) return work();
  return navigator.locks.request('balai.refresh', work);
}

/** What the account store reaches the world by; a browser's page has it. */
export interface AccountParts {
  readonly send: typeof sendRequest;
  readonly readKept: typeof readKept;
  readonly keep: typeof keep;
  readonly nowMs: () => number;
  readonly oneTabAtATime: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The parts of a real page. */
export function browserAccountParts(): AccountParts {
  return { send: sendRequest, readKept, keep, nowMs: Date.now, oneTabAtATime };
}

/**
 * The signed-in person. The access token stays in this object; the refresh
 * token is in an HttpOnly cookie, which no script sees.
 */
export class AccountStore {
  readonly state = new Store<AccountState>({ status: 'restoring' });
  readonly #parts: AccountParts;
  #accessToken: string | null = null;
  #expiresAtMs = 0;
  #refresh: Promise<void> | null = null;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** Takes up the session that the cookie holds, if there is one. */
  async restore(): Promise<void> {
    if (this.#parts.readKept(SIGNED_IN_HINT) === null) {
      this.state.set({ status: 'signedOut' });
      return;
    }
    this.state.set({ status: 'restoring' });
    try {
      await this.#renew();
    } catch (error) {
      const failure = toFailure(error);
      if (!SESSION_OVER.has(failure.code)) this.state.set({ status: 'signedOut', failure });
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#enter(
      await this.#parts.send<SignedIn>('/v1/auth/sign-in', {
        method: 'POST',
        body: { email, password, tokenDelivery: 'cookie' },
      }),
    );
  }

  async register(registration: Registration): Promise<void> {
    this.#enter(
      await this.#parts.send<SignedIn>('/v1/auth/register', {
        method: 'POST',
        body: { ...registration, tokenDelivery: 'cookie' },
      }),
    );
  }

  /** Ends the session on the server too. @throws RequestError when the server can't be told. */
  async signOut(): Promise<void> {
    await this.#parts.send('/v1/auth/sign-out', { method: 'POST', body: {} });
    this.#leave();
  }

  /** Shows what an answer of the server says about the account now. */
  show(user: User): void {
    if (this.state.get().status === 'signedIn') this.state.set({ status: 'signedIn', user });
  }

  /** Forgets the session here, because it is over on the server. */
  forget(): void {
    this.#leave();
  }

  /** Sends a request in the person's name, renewing the access token where it is too old. */
  request<T>(path: string, options: Omit<RequestOptions, 'accessToken'> = {}): Promise<T> {
    return this.withAccessToken((accessToken) =>
      this.#parts.send<T>(path, { ...options, accessToken }),
    );
  }

  /**
   * Runs `work` with an access token, or with null for a guest. When the
   * server does not take the token, renews it and runs `work` once more.
   */
  async withAccessToken<T>(work: (accessToken: string | null) => Promise<T>): Promise<T> {
    if (this.state.get().status !== 'signedIn') return work(null);
    if (this.#parts.nowMs() > this.#expiresAtMs - RENEW_BEFORE_EXPIRY_MS) await this.#renew();
    try {
      return await work(this.#accessToken);
    } catch (error) {
      if (!SESSION_OVER.has(toFailure(error).code)) throw error;
    }
    await this.#renew();
    return work(this.#accessToken);
  }

  #renew(): Promise<void> {
    this.#refresh ??= this.#parts
      .oneTabAtATime(() =>
        this.#parts.send<SignedIn>('/v1/auth/refresh', { method: 'POST', body: {} }),
      )
      .then((answer) => this.#enter(answer))
      .catch((error: unknown) => {
        if (SESSION_OVER.has(toFailure(error).code)) this.#leave();
        throw error;
      })
      .finally(() => {
        this.#refresh = null;
      });
    return this.#refresh;
  }

  #enter(answer: SignedIn): void {
    this.#accessToken = answer.accessToken;
    this.#expiresAtMs = Date.parse(answer.accessTokenExpiresAt);
    this.#parts.keep(SIGNED_IN_HINT, '1');
    this.state.set({ status: 'signedIn', user: answer.user });
  }

  #leave(): void {
    this.#accessToken = null;
    this.#parts.keep(SIGNED_IN_HINT, null);
    this.state.set({ status: 'signedOut' });
  }
}
