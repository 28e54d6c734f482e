import type { NodeHost } from '../cluster/node-host.ts';
import type { Logger } from '../kernel/logger.ts';

const LOOK_INTERVAL_MS = 200;
/** Control replicas hear of a drain with the next report, and by then nobody comes any more. */
const QUIET_MS = 2_000;

type Host = Pick<NodeHost, 'peopleCount' | 'isDrained' | 'drain'>;

/** How far a drain is that was asked for before a stop. */
export interface DrainState {
  /** Who is here still. */
  readonly people: number;
  /** Whether there is nothing more to wait for: nobody is here, or the time is up. */
  readonly isOver: boolean;
}

/**
 * How a media node takes its leave: when an administrator has drained it and everybody has gone, or
 * before it stops because of a signal.
 */
export class Leaving {
  /** Settles when a node that an administrator has drained has been empty for 2 s. */
  readonly done: Promise<void>;
  readonly #timeoutMs: number;
  readonly #logger: Logger;
  readonly #end: () => void;
  #host: Host | undefined;
  #timer: NodeJS.Timeout | undefined;
  #emptySince: number | undefined;
  #begunAt: number | undefined;
  #draining: Promise<void> | undefined;
  #tellEmpty: (() => void) | undefined;

  /** @param timeoutMs For people to go elsewhere once the node is to stop. */
  constructor(timeoutMs: number, logger: Logger) {
    this.#timeoutMs = timeoutMs;
    this.#logger = logger;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#end = resolve;
  }

  watch(host: Host): void {
    this.#host = host;
    this.#timer = setInterval(() => this.#look(host), LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  /**
   * Has people go elsewhere, because the node is about to be stopped: there is no way back. Who asks
   * again hears how far it is, and the time is not begun anew.
   */
  begin(): DrainState {
    const host = this.#host;
    if (host === undefined) return { people: 0, isOver: true };
    this.#draining ??= this.#drain(host);
    const people = host.peopleCount;
    const passedMs = performance.now() - (this.#begunAt ?? 0);
    return {
      people,
      isOver: passedMs >= this.#timeoutMs || (people === 0 && passedMs >= QUIET_MS),
    };
  }

  /** For who stops now. Settles when nobody is here, or the time since the drain began is up. */
  async drain(): Promise<void> {
    if (this.#draining === undefined && !this.#host?.peopleCount) return;
    this.begin();
    await this.#draining;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #drain(host: Host): Promise<void> {
    this.#logger.info({ people: host.peopleCount }, 'draining before the node stops');
    host.drain();
    this.#begunAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs);
    });
    const empty = new Promise<void>((resolve) => {
      this.#tellEmpty = resolve;
    });
    await Promise.race([empty, late]);
    clearTimeout(timer);
    const people = host.peopleCount;
    if (people > 0)
      this.#logger.warn({ people }, 'the node stops with people who did not go in time');
  }

  #look({ peopleCount, isDrained }: Host): void {
    if (peopleCount > 0) {
      this.#emptySince = undefined;
      return;
    }
    const now = performance.now();
    // Who was placed by a replica that had not heard of it yet comes within that time.
    if (this.#begunAt !== undefined && now - this.#begunAt >= QUIET_MS) this.#tellEmpty?.();
    if (!isDrained) {
      this.#emptySince = undefined;
      return;
    }
    this.#emptySince ??= now;
    if (now - this.#emptySince < QUIET_MS) return;
    this.close();
    this.#logger.info('an administrator has drained the node, and nobody is left: it leaves');
    this.#end();
  }
}
