import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** The server as a process of its own, as the start script runs it. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything on standard output and standard error so far. */
  readonly output: () => string;
  /** Settles with the URL when the server is ready; rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Settles with the exit status, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  /** Ends it without a word, if it still runs. */
  kill(): Promise<void>;
}

/** @param env Replaces the variables of Balai; the rest of the environment stays. */
export function spawnServer(env: Readonly<Record<string, string>>): ServerProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(BALAI_|DATABASE_URL$|REDIS_URL$|PORT$|NODE_OPTIONS$|VITEST)/.test(name),
  );
  const child = spawn(process.execPath, [MAIN], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) {
    throw new Error('the streams were asked for as pipes');
  }
  const chunks: string[] = [];
  stdout.on('data', (chunk) => chunks.push(String(chunk)));
  stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const output = () => chunks.join('');
  // Not the event "close": it never comes after the parent has disconnected.
  const exited = Promise.all([
    once(child, 'exit'),
    once(stdout, 'close'),
    once(stderr, 'close'),
  ]).then(([[status, signal]]) => status ?? signal);
  const isReady = new Promise<string>((resolve) => {
    child.on('message', (message: { type: string; url: string }) => {
      if (message.type === 'ready') {
        resolve(message.url);
      }
    });
  });
  const ready = Promise.race([
    isReady,
    exited.then((status) => {
      throw new Error(`the server ended with ${status}:\n${output()}`);
    }),
  ]);
  // A test that expects no start never looks at it.
  ready.catch(() => undefined);
  return {
    child,
    output,
    ready,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
