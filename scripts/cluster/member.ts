import { rmSync } from 'node:fs';
import { type ServerProcess, startServer } from '../setup/server-process.ts';
import type { TcpAddress } from './forward-port.ts';
import type { Place } from './network.ts';

/** What a member does. */
export type MemberRole = 'control' | 'media';

/** What becomes of a member. */
export type MemberEvents = {
  onReady(member: Member): void;
  /** @param how For people. */
  onEnded(member: Member, how: string): void;
};

export type MemberOptions = MemberEvents & {
  readonly name: string;
  readonly role: MemberRole;
  readonly place: Place;
  readonly logPath: string;
  /** Asked at each start. @param port That of the run before; undefined before the first. */
  readonly environment: (port: number | undefined) => NodeJS.ProcessEnv;
};

/** One process of a cluster, which can be ended and started again. */
export class Member {
  readonly name: string;
  readonly role: MemberRole;
  readonly place: Place;
  readonly logPath: string;
  readonly #options: MemberOptions;
  #process: ServerProcess | undefined;
  #url: URL | undefined;
  #isReady = false;
  #hasEnded = true;

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.role = options.role;
    this.place = options.place;
    this.logPath = options.logPath;
    this.#options = options;
    rmSync(options.logPath, { force: true });
  }

  /** Whether it runs and has said that it is ready. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Of the run that is, or was last; -1 before the first. */
  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Where it answers HTTP. @throws Error before the first start. */
  get url(): string {
    if (this.#url === undefined) throw new Error(`${this.name} was not started yet`);
    return this.#url.origin;
  }

  get address(): TcpAddress {
    return { host: this.place.address, port: Number(new URL(this.url).port || 80) };
  }

  /** Starts it, and waits until it is ready. @throws SetupError. */
  async start(): Promise<void> {
    const { environment, logPath, place, onReady, onEnded } = this.#options;
    const port = this.#url === undefined ? undefined : this.address.port;
    const run = startServer(environment(port), logPath, place.prefix);
    this.#process = run;
    this.#hasEnded = false;
    void run.ended.then((how) => {
      if (this.#process !== run) return;
      this.#isReady = false;
      this.#hasEnded = true;
      onEnded(this, how);
    });
    const url = new URL(await run.ready);
    url.hostname = place.address;
    this.#url = url;
    this.#isReady = true;
    onReady(this);
  }

  /** Ends it without a word. Settles when it has ended. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#process?.ended;
  }

  /** Nothing where it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) process.kill(this.pid, signal);
  }

  /** Ends it in order, by SIGKILL where that takes too long. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}
