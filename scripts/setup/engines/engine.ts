/** What PostgreSQL and Redis have in common: servers of ours that run beside the app. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChildEnd, endOf } from '../child-end.ts';
import { SetupError } from '../say.ts';

const LOG_TAIL_LINES = 5;
const PORT_ATTEMPTS = 3;

/** A running server that this process started. */
export type Engine = ChildEnd & {
  /** How the app reaches it, password included. */
  url: string;
};

/** A child process with a log file that does not outlive us. */
export type OwnedChild = ChildEnd & { pid: number };

/** Options of {@link spawnOwned}. */
export type OwnedOptions = {
  file: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Both output streams go there; emptied first. */
  logPath: string;
  /** Words for setpriv(1), such as the user to become. */
  privileges?: readonly string[];
  /** The signal that makes it end in order. */
  stopSignal: 'SIGINT' | 'SIGTERM';
  /** How long it may take before it is ended by SIGKILL. */
  stopDeadlineMs: number;
  /** Written to its standard input, which is then closed. */
  input?: string;
};

/**
 * Starts a server in a session of its own, so that Ctrl-C in the terminal does
 * not reach it: it is stopped when those who use it have stopped. Should this
 * process die first, the kernel sends it the stop signal (PR_SET_PDEATHSIG).
 */
export function spawnOwned(options: OwnedOptions): OwnedChild {
  const { file, args, logPath, stopSignal } = options;
  const log = openSync(logPath, 'w', 0o600);
  const child = spawn(
    'setpriv',
    [...(options.privileges ?? []), '--pdeathsig', stopSignal.slice(3), '--', file, ...args],
    {
      detached: true,
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', log, log],
    },
  );
  closeSync(log);
  // It may end before it has read all.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');

  return { pid: child.pid ?? -1, ...endOf(child, stopSignal, options.stopDeadlineMs) };
}

/**
 * Waits until `attempt` succeeds; it answers `false` for "not yet", and throws
 * when trying again is no use. Ends early when the server does, or on abort.
 */
export async function untilReady(
  name: string,
  child: OwnedChild,
  attempt: () => Promise<boolean>,
  { deadlineMs, logPath, signal }: { deadlineMs: number; logPath: string; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let endedHow: string | undefined;
  void child.ended.then((how) => {
    endedHow = how;
  });
  while (!(await attempt())) {
    signal.throwIfAborted();
    if (endedHow) {
      const said = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES);
      throw new SetupError([`${name} did not start (${endedHow}):`, ...said].join('\n    '));
    }
    if (performance.now() > deadline) {
      throw new SetupError(`${name} was not ready within ${deadlineMs / 1000} s; see ${logPath}`);
    }
    await delay(20);
  }
}

/**
 * Calls `start` with a free port; again with another one where some other program
 * was quicker to take it, as the server's log tells.
 */
export async function onFreePort<T>(
  logPath: string,
  start: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      const isTaken = /address already in use/i.test(readFileSync(logPath, 'utf8'));
      if (!isTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** A TCP port of the loopback address that is free now. */
function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}
