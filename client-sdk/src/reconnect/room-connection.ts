import type { DisconnectReason, ServerMessage } from '@balai/protocol';
import { type Attempt, beginAttempt } from '../attempt.ts';
import {
  type Connection,
  type ConnectionInput,
  type ConnectionState,
  next,
} from '../connection-state.ts';
import { type EnterParts, enterRoom } from '../enter-room.ts';
import { BalaiError, ConnectionError, ServerError } from '../errors.ts';
import type { RoomConnectOptions, RoomOptions } from '../options.ts';
import { reportFault } from '../report-fault.ts';
import type { Stay, StayHooks } from '../stay.ts';
import { watchNetwork } from './network-watch.ts';
import { DefaultReconnectPolicy } from './reconnect-policy.ts';
import { type RetryOptions, retry } from './retry.ts';
import { RoomToken } from './room-token.ts';

/** What a connection tells of itself. */
export interface RoomConnectionHooks {
  readonly onState: () => void;
  /** The room is joined: nothing of the stay was told yet. @param isBack Whether it was joined before. */
  readonly onEntered: (stay: Stay, options: RoomConnectOptions, isBack: boolean) => void;
  readonly onConnected: () => void;
  readonly onSignalReconnecting: () => void;
  readonly onReconnecting: () => void;
  readonly onReconnected: () => void;
  readonly onWaiting: (since: Date) => void;
  /** We belong into another room, which is being joined. */
  readonly onMoved: (message: ServerMessage<'moved'>) => void;
  /** It is over, for good. */
  readonly onOver: (reason: DisconnectReason, stopTracks: boolean) => void;
}

/** Everything that a connection is made of. */
export interface RoomConnectionParts {
  readonly options: RoomOptions;
  readonly parts: EnterParts;
  readonly hooks: RoomConnectionHooks;
  readonly stayHooks: Omit<StayHooks, 'onSignalLost' | 'onMoved' | 'onEnded'>;
}

/** What it takes to join again. */
interface Entry {
  readonly url: string;
  readonly token: RoomToken;
  readonly options: RoomConnectOptions;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;
const TOKEN_FAULTS: ReadonlySet<string> = new Set(['token_expired', 'unauthorized']);
/** What a refusal to join again means to the person. */
const FINAL_REASONS: Readonly<Record<string, DisconnectReason>> = {
  room_ended: 'room_closed',
  room_not_found: 'room_closed',
  unauthorized: 'session_revoked',
  banned: 'participant_removed',
  lobby_denied: 'participant_removed',
};

/**
 * The connection of a room to the server, through whatever happens to it: a stay
 * whose socket is lost is resumed; one that is lost altogether is followed by
 * another.
 */
export class RoomConnection {
  readonly #parts: RoomConnectionParts;
  #now: Connection<Attempt<Stay>, Stay> = { state: 'disconnected' };
  /** Ends the resumption under way. */
  #resumption = new AbortController();
  #network = Promise.withResolvers<void>();
  #stopWatching: (() => void) | undefined;
  #token: RoomToken | undefined;

  constructor(parts: RoomConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#now.state;
  }

  /** Whether the room is joined, if not at this very moment. */
  get isJoined(): boolean {
    return 'stay' in this.#now || this.state === 'reconnecting';
  }

  /** Undefined while there is none. */
  get stay(): Stay | undefined {
    return 'stay' in this.#now ? this.#now.stay : undefined;
  }

  /** Waits for a stay that is being begun. @throws ConnectionError `not_connected`, or why there is none. */
  async awaitStay(): Promise<Stay> {
    if ('attempt' in this.#now) return await this.#now.attempt.result;
    if (!this.stay) throw new ConnectionError('not_connected');
    return this.stay;
  }

  /** As `Room.connect`. */
  async connect(url: string, token: string, options: RoomConnectOptions): Promise<void> {
    if (this.state === 'disconnected') {
      const entry = { url, token: new RoomToken(token, options.tokenProvider), options };
      this.#token = entry.token;
      const attempt: Attempt<Stay> = beginAttempt(
        options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
        (signal, hold) =>
          this.#enter(entry, options, { signal, hold }, () => attempt).catch((error: unknown) => {
            if (this.state !== 'waiting' || isRefusal(error)) throw error;
            // The lobby was lost with the socket: back to it.
            return this.#retryJoin(entry, signal, () => attempt);
          }),
      );
      this.#step({ type: 'connectAsked', attempt });
      this.#parts.hooks.onState();
      attempt.result.catch(() => {
        if (this.#step({ type: 'attemptFailed', attempt })) this.#parts.hooks.onState();
      });
    }
    await this.awaitStay();
  }

  /** As `Room.disconnect`. @param canWait False where the page is on its way out. */
  async disconnect(stopTracks: boolean, canWait = true): Promise<void> {
    const former = this.#now;
    this.#step({ type: 'disconnectAsked' });
    if (former.state === 'disconnected') return;
    this.#resumption.abort();
    if ('attempt' in former) former.attempt.cancel();
    if ('attempt' in former && former.state !== 'reconnecting') {
      this.#parts.hooks.onState();
      return;
    }
    const left = 'stay' in former ? former.stay.leave(canWait) : undefined;
    this.#wrapUp('client_initiated', stopTracks);
    await left;
  }

  #enter(
    entry: Entry,
    options: RoomConnectOptions,
    { signal, hold }: { readonly signal: AbortSignal; readonly hold: () => void },
    attemptOf: () => Attempt<Stay>,
  ): Promise<Stay> {
    const { hooks } = this.#parts;
    return enterRoom(
      {
        url: entry.url,
        token: entry.token.value,
        options,
        receivesData: this.#parts.stayHooks.data.isWanted,
        signal,
        onWaiting: (since) => {
          hold();
          if (this.#step({ type: 'mustWait', attempt: attemptOf() })) hooks.onState();
          hooks.onWaiting(since);
        },
      },
      this.#parts.parts,
      (stayOf) => ({
        ...this.#parts.stayHooks,
        onSignalLost: () => this.#signalLost(entry, stayOf()),
        onMoved: (message) => {
          entry.token.become(message.token);
          this.#joinAnew(entry, stayOf(), 'moved', () => hooks.onMoved(message));
        },
        onEnded: (reason, isFinal) => this.#ended(entry, stayOf(), reason, isFinal),
      }),
      (stay) => this.#entered(entry, attemptOf(), stay),
    );
  }

  #entered(entry: Entry, attempt: Attempt<Stay>, stay: Stay): void {
    const { hooks } = this.#parts;
    const isBack = this.state === 'reconnecting';
    if (!this.#step({ type: 'joined', attempt, stay })) {
      void stay.leave();
      return;
    }
    this.#stopWatching ??= this.#watch();
    hooks.onEntered(stay, entry.options, isBack);
    stay.begin();
    entry.token.keepFresh(stay.request);
    hooks.onState();
    if (isBack) hooks.onReconnected();
    else hooks.onConnected();
  }

  #signalLost(entry: Entry, stay: Stay): void {
    if (stay.joined.graceMs === 0) {
      this.#joinAnew(entry, stay, 'signal_close');
    } else if (this.#step({ type: 'signalLost', stay })) {
      this.#resumption = new AbortController();
      this.#parts.hooks.onState();
      this.#parts.hooks.onSignalReconnecting();
      void this.#resume(entry, stay, this.#resumption.signal);
    }
  }

  /** Never rejects. */
  async #resume(entry: Entry, stay: Stay, given: AbortSignal): Promise<void> {
    // From the moment on at which the server noticed; we may have noticed before.
    const over = AbortSignal.timeout(stay.joined.graceMs);
    const signal = AbortSignal.any([given, over]);
    try {
      // It may be lost again before we look.
      while (!stay.isSignalled) {
        // Who leaves meanwhile says so over the socket that is about to open.
        const resume = (_: AbortSignal, deadline: AbortSignal) =>
          stay.resume(entry.token.value, AbortSignal.any([deadline, over]));
        await retry(resume, {
          ...this.#retryOptions(entry, signal),
          isFinal: isRefusal,
        });
      }
    } catch (error) {
      // Whatever the reason: there is the other way.
      if (!signal.aborted && !(error instanceof BalaiError)) {
        reportFault('the room was not resumed', error);
      }
      if (!given.aborted) this.#joinAnew(entry, stay, 'signal_close');
      return;
    }
    if (this.#step({ type: 'signalRecovered', stay })) {
      this.#parts.hooks.onState();
      this.#parts.hooks.onReconnected();
    }
  }

  #ended(entry: Entry, stay: Stay, reason: DisconnectReason, isFinal: boolean): void {
    if (!isFinal) this.#joinAnew(entry, stay, reason);
    else if (this.#step({ type: 'stayEnded', stay })) this.#wrapUp(reason, this.#stopTracks);
  }

  /** @param reason What to say if it does not work. @param tell Says why. */
  #joinAnew(
    entry: Entry,
    stay: Stay,
    reason: DisconnectReason,
    tell = this.#parts.hooks.onReconnecting,
  ): void {
    if (this.stay !== stay) return;
    this.#resumption.abort();
    const attempt: Attempt<Stay> = beginAttempt(undefined, (signal) =>
      this.#retryJoin(entry, signal, () => attempt),
    );
    this.#step({ type: 'stayLost', stay, attempt });
    stay.end();
    entry.token.rest();
    this.#parts.hooks.onState();
    tell();
    attempt.result.catch((error: unknown) => {
      if (!this.#step({ type: 'attemptFailed', attempt })) return;
      const code = error instanceof ServerError ? error.code : '';
      this.#wrapUp(FINAL_REASONS[code] ?? reason, this.#stopTracks);
    });
  }

  #retryJoin(entry: Entry, signal: AbortSignal, attemptOf: () => Attempt<Stay>): Promise<Stay> {
    // What was known of the server may have changed: its ICE servers and their passwords above all.
    const { joinInfo, ...options } = entry.options;
    let isTokenBad = false;
    const join = async (tried: AbortSignal, _: AbortSignal, hold: () => void) => {
      if (isTokenBad) await entry.token.replace();
      isTokenBad = false;
      return await this.#enter(entry, options, { signal: tried, hold }, attemptOf);
    };
    return retry(join, {
      ...this.#retryOptions(entry, signal),
      isFinal: (error) => {
        isTokenBad = error instanceof ServerError && TOKEN_FAULTS.has(error.code);
        return isRefusal(error) && !(isTokenBad && entry.token.isReplaceable);
      },
    });
  }

  #retryOptions({ url }: Entry, signal: AbortSignal): Omit<RetryOptions, 'isFinal'> {
    return {
      policy: this.#parts.options.reconnectPolicy ?? new DefaultReconnectPolicy(),
      serverUrl: url,
      signal,
      sooner: () => this.#network.promise,
    };
  }

  #watch(): () => void {
    return watchNetwork({
      onNetwork: () => {
        this.#network.resolve();
        this.#network = Promise.withResolvers();
        this.stay?.renewPaths();
      },
      onPageLeave: () => {
        if (this.#parts.options.disconnectOnPageLeave ?? true) void this.disconnect(true, false);
      },
    });
  }

  get #stopTracks(): boolean {
    return this.#parts.options.stopLocalTrackOnUnpublish ?? true;
  }

  #wrapUp(reason: DisconnectReason, stopTracks: boolean): void {
    this.#resumption.abort();
    this.#token?.rest();
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    this.#parts.hooks.onOver(reason, stopTracks);
  }

  /** @returns whether the input changed anything. */
  #step(input: ConnectionInput<Attempt<Stay>, Stay>): boolean {
    const former = this.#now;
    this.#now = next(former, input);
    return this.#now !== former;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ServerError && !error.retryable;
}
