/** The app server as a child process. */
import { type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { type ChildEnd, endOf } from './child-end.ts';
import { inRoot } from './paths.ts';
import { allProcesses, commandLine, environmentOf, stopProcesses } from './processes.ts';
import { SetupError } from './say.ts';

const MAIN = inRoot('server', 'src', 'main.ts');
const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 15_000;
const MAX_LOG_BYTES = 10 * 2 ** 20;

/** What the server tells over the channel to its parent. */
type ServerMessage = { type: 'ready'; url: string };

/** A server that was started; it listens once {@link ServerProcess.ready} is fulfilled. */
export type ServerProcess = ChildEnd & {
  pid: number;
  /** The URL. Rejected when the server ends first or takes too long. */
  ready: Promise<string>;
};

/**
 * Starts the server with this Node.js. It runs in a session of its own, so that
 * Ctrl-C reaches only us and the order of the stop is ours; when we die it is
 * told by the kernel, as the engines are (see engines/engine.ts).
 *
 * @param logPath Where its log goes; undefined: to our standard output.
 * @param prefix Words before the command, which become it by exec(3).
 */
export function startServer(
  env: NodeJS.ProcessEnv,
  logPath: string | undefined,
  prefix: readonly string[] = [],
): ServerProcess {
  const log = logPath ? openLog(logPath) : 'inherit';
  const privileges = ['setpriv', '--pdeathsig', 'TERM', '--'];
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN];
  const [file = '', ...args] = [...prefix, ...privileges, ...node];
  const stdio: StdioOptions = ['ignore', log, 'inherit', 'ipc'];
  const child = spawn(file, args, { detached: true, cwd: inRoot(), env, stdio });
  if (typeof log === 'number') closeSync(log);

  const { ended, stop } = endOf(child, 'SIGTERM', STOP_DEADLINE_MS);
  const ready = new Promise<string>((resolve, reject) => {
    const fail = (what: string): void => {
      reject(new SetupError(logPath ? `${what}; its log is ${logPath}` : what));
    };
    const timer = setTimeout(
      () => fail('the server did not listen within 60 s'),
      READY_DEADLINE_MS,
    );
    child.on('message', (message: ServerMessage) => {
      clearTimeout(timer);
      resolve(message.url);
    });
    void ended.then((how) => {
      clearTimeout(timer);
      fail(`the server did not start (${how})`);
    });
  });
  ready.catch(() => undefined); // a stop may come before anybody waits for it

  return { pid: child.pid ?? -1, ready, ended, stop };
}

/** Stops a server that an earlier run with the same data folder left behind. */
export async function stopStrayServer(dataDir: string): Promise<void> {
  const strays = allProcesses().filter(
    ({ pid }) =>
      commandLine(pid).includes(MAIN) && environmentOf(pid, 'BALAI_DATA_DIR') === dataDir,
  );
  await stopProcesses(strays, 'SIGTERM', STOP_DEADLINE_MS);
}

/** Throws where another program has the port, before minutes of work are spent. */
export async function checkPort(port: number, host: string | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const why = isTaken ? 'another program listens there' : error.message;
      reject(new SetupError(`port ${port} cannot be used: ${why}; choose another one with PORT=…`));
    });
    server.listen({ port, host }, () => server.close(() => resolve()));
  });
}

/** Appends; the log of earlier runs is kept once it is large, one file of it. */
function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
