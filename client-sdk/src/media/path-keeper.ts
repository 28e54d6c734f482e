import { reportFault } from '../report-fault.ts';

/** What a keeper needs of its surroundings. */
export interface PathKeeperParts {
  /** Looks for another path: an ICE restart. May reject. */
  readonly restart: () => Promise<void>;
  /** How much came over the path so far. */
  readonly countReceivedBytes: () => Promise<number>;
  /** No path was found. @param wasConnected Whether there ever was one. */
  readonly onLost: (wasConnected: boolean) => void;
}

/** For a new path to be found, before it is looked for again. */
const RESTART_TIMEOUT_MS = 4_000;
const MAX_RESTARTS = 3;

/**
 * Keeps a peer connection on a path to the server: one that breaks is replaced by
 * an ICE restart (SPEC 8.10), without a new handshake and without a new track.
 */
export class PathKeeper {
  readonly #parts: PathKeeperParts;
  #wasConnected = false;
  #state: RTCPeerConnectionState = 'new';
  #restarts = 0;
  #receivedBefore: Promise<number | undefined> = Promise.resolve(undefined);
  #isRestarting = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(parts: PathKeeperParts) {
    this.#parts = parts;
  }

  /** What the browser says of the connection. */
  changed(state: RTCPeerConnectionState): void {
    this.#state = state;
    if (state === 'connected') {
      this.#wasConnected = true;
      this.#restarts = 0;
      clearTimeout(this.#timer);
    } else if (state === 'disconnected' || state === 'failed') {
      void this.#restart();
    }
  }

  /** The network is another one: the path may be dead without anybody having noticed. */
  renew(): void {
    // What was never connected has nothing to send, or is on its way.
    if (this.#wasConnected) void this.#restart();
  }

  /** The socket is lost: the path may be too, and browsers take their time to say so. */
  suspect(): void {
    this.#receivedBefore = this.#countReceived();
  }

  /** The socket is replaced. A path over which nothing came meanwhile is looked for anew, to be sure. */
  async verify(): Promise<void> {
    const before = await this.#receivedBefore;
    if (before !== undefined && (await this.#countReceived()) === before) this.renew();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Undefined where nobody knows. */
  #countReceived(): Promise<number | undefined> {
    return this.#parts.countReceivedBytes().catch((error: unknown) => {
      if (!this.#isClosed) reportFault('the path is not known', error);
      return undefined;
    });
  }

  /** Never rejects: a restart that fails is repeated like one that finds no path. */
  async #restart(): Promise<void> {
    if (this.#isRestarting || this.#isClosed) return;
    if (this.#state === 'connected') this.#restarts = 0;
    if (this.#restarts >= MAX_RESTARTS) {
      this.close();
      this.#parts.onLost(this.#wasConnected);
      return;
    }
    this.#isRestarting = true;
    this.#restarts += 1;
    clearTimeout(this.#timer);
    await this.#parts
      .restart()
      .catch((error: unknown) => reportFault('media has no other path', error));
    this.#isRestarting = false;
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      if (this.#state !== 'connected') void this.#restart();
    }, RESTART_TIMEOUT_MS);
  }
}
