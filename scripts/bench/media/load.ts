import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadCommands } from './wire.ts';

const PROGRAM = fileURLToPath(new URL('load-process.ts', import.meta.url));

type Answer = { readonly id: number; readonly result?: unknown; readonly error?: string };

/** The process in which the clients live. */
export class Load {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;

  constructor() {
    this.#child = fork(PROGRAM, { execArgv: ['--disable-warning=ExperimentalWarning'] });
    this.#child.on('message', ({ id, result, error }: Answer) => {
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error));
    });
    this.#child.once('exit', (status) => {
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`the clients' process ended with ${status}`));
      }
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  run<C extends keyof LoadCommands>(
    command: C,
    params: LoadCommands[C]['params'],
  ): Promise<LoadCommands[C]['result']> {
    this.#calls += 1;
    const call = Promise.withResolvers<unknown>();
    this.#pending.set(this.#calls, call);
    this.#child.send({ id: this.#calls, command, params });
    return call.promise as Promise<LoadCommands[C]['result']>;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
