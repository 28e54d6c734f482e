/**
 * When to stop: on a signal, or when the process that started us is gone.
 *
 * Ctrl-C in a terminal signals the whole foreground group at once, and npm and
 * bootstrap.mjs forward what they get, so one wish arrives as several signals.
 */
import { commandLine, findProcess, isAlive, type SeenProcess } from './processes.ts';

/** Why the run ends. `exitCode` is what the shell should see if the work was not done yet. */
export class StopRequest extends Error {
  override readonly name = 'StopRequest';
  readonly exitCode: number;

  constructor(reason: string, exitCode: number) {
    super(reason);
    this.exitCode = exitCode;
  }
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const WATCH_INTERVAL_MS = 500;

/**
 * A signal that aborts, with a {@link StopRequest}, when this process shall stop.
 * From then on signals have no other effect: the clean-up is bounded in time.
 */
export function listenForStop(): AbortSignal {
  const controller = new AbortController();
  const request = (reason: string, exitCode: number): void => {
    if (!controller.signal.aborted) controller.abort(new StopRequest(reason, exitCode));
  };
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => request(signal, exitCode));
  }
  if (process.channel) {
    // bootstrap.mjs is gone. The channel alone must not keep us running.
    process.once('disconnect', () => request('the process that started this one is gone', 1));
    process.channel.unref();
  }
  watchNpm(() => request('npm is gone', 1));
  // A reader of our output that went away (`npm start | head`) is no reason to crash.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => request('nobody reads the output any more', 1));
  }
  return controller.signal;
}

/**
 * npm cannot pass on a SIGKILL, and its child lives on without it; so where npm
 * runs us, the processes from here up to it are watched.
 */
function watchNpm(onGone: () => void): void {
  if (!process.env['npm_lifecycle_event']) return;
  const chain = ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (chain.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, WATCH_INTERVAL_MS);
  timer.unref();
}

function ancestorsUpToNpm(): SeenProcess[] {
  const chain: SeenProcess[] = [];
  let next = findProcess(process.ppid);
  while (next && next.pid > 1) {
    chain.push(next);
    if (isNpm(next.pid)) return chain;
    next = findProcess(next.parentPid);
  }
  // No npm above, whatever the environment says: only the parent is ours to watch.
  return chain.slice(0, 1);
}

function isNpm(pid: number): boolean {
  const words = commandLine(pid);
  // npm sets its process title, so the command line may be one word: "npm start".
  return /^npm\b/.test(words[0] ?? '') || /\bnpm(-cli\.c?js)?$/.test(words[1] ?? '');
}
