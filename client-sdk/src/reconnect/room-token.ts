import type { SignalChannel } from '../signalling/signal-channel.ts';

/** Long enough after joining that it is in nobody's way. */
const FIRST_RENEWAL_MS = 20_000;
const RETRY_MS = 30_000;
/** However the clocks here and there differ. */
const LONGEST_MS = 240_000;

/** Gets a new token where the one at hand is not good any more. */
export type TokenProvider = () => Promise<string>;

/**
 * The token that lets us in again. While we are in, the server gives a fresh one
 * well before the last one expires, so that there is one at hand when the
 * connection is lost.
 */
export class RoomToken {
  #provider: TokenProvider | undefined;
  #value: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(value: string, provider: TokenProvider | undefined) {
    this.#value = value;
    this.#provider = provider;
  }

  get value(): string {
    return this.#value;
  }

  /** Whether the application can give another one. */
  get isReplaceable(): boolean {
    return this.#provider !== undefined;
  }

  /** Keeps it fresh, from now on, through this stay. */
  keepFresh(request: SignalChannel['request']): void {
    this.#plan(FIRST_RENEWAL_MS, request);
  }

  rest(): void {
    clearTimeout(this.#timer);
  }

  /** Asks the application for another one. @throws what the application throws. */
  async replace(): Promise<void> {
    if (this.#provider) this.#value = await this.#provider();
  }

  /** Another one, for another room: what the application gives is for the former one. */
  become(value: string): void {
    this.#value = value;
    this.#provider = undefined;
  }

  #plan(delayMs: number, request: SignalChannel['request']): void {
    this.rest();
    this.#timer = setTimeout(() => void this.#renew(request), delayMs);
  }

  /** Never rejects: what did not work now may work later. */
  async #renew(request: SignalChannel['request']): Promise<void> {
    const timer = this.#timer;
    const delayMs = await request('room.token', {}).then(
      ({ token, tokenExpiresAt }) => {
        this.#value = token;
        const half = (Date.parse(tokenExpiresAt) - Date.now()) / 2;
        return Math.min(Math.max(half, RETRY_MS), LONGEST_MS);
      },
      () => RETRY_MS,
    );
    if (this.#timer === timer) this.#plan(delayMs, request);
  }
}
