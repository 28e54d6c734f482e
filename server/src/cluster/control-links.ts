import type { Logger } from '../kernel/logger.ts';
import { type ControlAddress, findControlAddresses, type LookUpAll } from './control-addresses.ts';
import { ControlLink, type NodeGreeting, type NodeTls } from './control-link.ts';
import type { NodeHost } from './node-host.ts';
import { LEASE_MS, REPORT_INTERVAL_MS } from './wire.ts';

const LOOK_UP_INTERVAL_MS = 5_000;

export interface ControlLinksOptions {
  /** Origins of control replicas; behind each name there may be many. */
  readonly urls: readonly string[];
  /** Who this node is, now. */
  readonly hello: () => NodeGreeting;
  readonly tls?: NodeTls | undefined;
  readonly host: NodeHost;
  /** Default: that of the system. */
  readonly lookUp?: LookUpAll | undefined;
  /** Milliseconds between two looks at the names. Default 5 s. */
  readonly lookUpIntervalMs?: number;
  readonly logger: Logger;
}

/**
 * Keeps a socket to every control replica, and tells each how the node does every second.
 *
 * A node that no replica has confirmed for 3 s is cut off: whatever it carried is carried
 * elsewhere by then. What it may keep it hears when a replica is there again.
 */
export class ControlLinks {
  readonly #options: ControlLinksOptions;
  readonly #links = new Map<string, ControlLink>();
  readonly #faults = new Map<string, string>();
  #timers: NodeJS.Timeout[] = [];
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #wasCutOff = true;
  #isClosed = false;

  constructor(options: ControlLinksOptions) {
    this.#options = options;
  }

  /** Whether no replica has listened for as long as the lease of a node lasts. */
  get isCutOff(): boolean {
    return performance.now() - this.#confirmedAt > LEASE_MS;
  }

  /** Replicas to which there is a socket. */
  get replicaCount(): number {
    return [...this.#links.values()].filter(({ replicaId }) => replicaId !== undefined).length;
  }

  /** Settles when every address was found that is known now; the sockets open after that. */
  async start(): Promise<void> {
    await this.#lookUp();
    const { lookUpIntervalMs = LOOK_UP_INTERVAL_MS, logger } = this.#options;
    const fault = (error: unknown) => logger.error({ err: error }, 'control links failed');
    this.#timers = [
      setInterval(() => this.#report().catch(fault), REPORT_INTERVAL_MS),
      setInterval(() => this.#lookUp().catch(fault), lookUpIntervalMs),
    ];
    if (this.#isClosed) this.#stop();
  }

  /** Says goodbye to every replica. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    for (const link of this.#links.values()) link.close(true);
    this.#links.clear();
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #report(): Promise<void> {
    const report = await this.#options.host.report();
    for (const link of this.#links.values()) link.report(report);
    this.#watchLease();
  }

  #watchLease(): void {
    const { isCutOff } = this;
    if (isCutOff === this.#wasCutOff) return;
    this.#wasCutOff = isCutOff;
    const { logger, host } = this.#options;
    if (isCutOff) logger.error({ people: host.peopleCount }, 'no control replica answers');
    else logger.info({ replicas: this.replicaCount }, 'control replicas answer');
  }

  async #lookUp(): Promise<void> {
    const { urls, lookUp } = this.#options;
    const found = await findControlAddresses(
      urls,
      (url, error) => this.#noteFault(url, error),
      lookUp,
    );
    if (this.#isClosed) return;
    for (const [url, addresses] of found) {
      this.#faults.delete(url);
      for (const to of addresses) this.#link(to);
      this.#unlink(url, new Set(addresses.map(keyOf)));
    }
  }

  #noteFault(url: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#faults.get(url) === reason) return;
    this.#faults.set(url, reason);
    this.#options.logger.error({ url, reason }, 'a control address is not found');
  }

  #link(to: ControlAddress): void {
    if (this.#links.has(keyOf(to))) return;
    const { hello, tls, host, logger } = this.#options;
    const link = new ControlLink({
      to,
      hello,
      tls,
      host,
      linkedTo: () =>
        [...this.#links.values()].flatMap((one) => (one === link ? [] : (one.replicaId ?? []))),
      onLinked: (linked) => {
        host.report().then(
          (report) => linked.report(report),
          (error: unknown) => logger.error({ err: error }, 'a node does not know how it does'),
        );
      },
      onConfirmed: () => {
        this.#confirmedAt = performance.now();
      },
      logger,
    });
    this.#links.set(keyOf(to), link);
    link.open();
  }

  /** A name may forget a replica for a moment; whoever is connected stays. */
  #unlink(url: string, present: ReadonlySet<string>): void {
    for (const [key, link] of this.#links) {
      if (!key.startsWith(`${url} `) || present.has(key) || link.replicaId !== undefined) continue;
      link.close(false);
      this.#links.delete(key);
    }
  }
}

function keyOf({ url, address }: ControlAddress): string {
  return `${url} ${address}`;
}
