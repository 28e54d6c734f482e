import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { findProcessesIn, stopProcesses } from '../processes.ts';
import { SetupError } from '../say.ts';
import { findRedis } from '../system-packages.ts';
import { type Engine, onFreePort, spawnOwned, untilReady } from './engine.ts';

const READY_DEADLINE_MS = 15_000;
const STOP_DEADLINE_MS = 5_000;

/**
 * Starts a Redis of our own in a folder, on a free port of the loopback address
 * and with a password of this run. It keeps nothing on disk: what is in it is
 * true only while the server that wrote it runs.
 *
 * A Redis that an earlier run left behind in the same folder is stopped first.
 *
 * @param url That of a Redis that ended, to start one in its place.
 */
export async function startRedis(
  folder: string,
  signal: AbortSignal,
  url?: string,
): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const home = realpathSync(folder);
  await stopProcesses(
    findProcessesIn(home, ['redis-server', 'redis-check-rdb', 'valkey-server', 'valkey-check-rdb']),
    'SIGTERM',
    STOP_DEADLINE_MS,
  );

  const bin = linkRedis(home);
  const place = url === undefined ? undefined : new URL(url);
  const password = place?.password ?? randomBytes(24).toString('base64url');
  const logPath = join(home, 'redis.log');
  const startAt = async (port: number): Promise<Engine> => {
    const child = spawnOwned({
      file: bin,
      // The configuration comes by standard input: the password is not in the list
      // of processes.
      args: ['-'],
      cwd: home,
      input: configuration({ port, password, home }),
      logPath,
      stopSignal: 'SIGTERM',
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
    try {
      const attempt = (): Promise<boolean> => answersPing(port, password);
      const limits = { deadlineMs: READY_DEADLINE_MS, logPath, signal };
      await untilReady('Redis', child, attempt, limits);
    } catch (error) {
      await child.stop();
      throw error;
    }
    const { ended, stop } = child;
    return { url: `redis://:${password}@127.0.0.1:${port}/0`, ended, stop };
  };
  return place === undefined ? onFreePort(logPath, startAt) : startAt(Number(place.port));
}

/**
 * Gives the program that was found a place in a folder, under the name of a server: it is what its
 * name says (see `redisNeed`).
 *
 * @returns its path.
 */
export function linkRedis(folder: string): string {
  const program = findRedis();
  if (!program) throw new SetupError('no redis-server or valkey-server was found');
  const path = join(folder, basename(program.argv0));
  rmSync(path, { force: true });
  symlinkSync(program.path, path);
  return path;
}

function configuration({
  port,
  password,
  home,
}: {
  port: number;
  password: string;
  home: string;
}): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${home}"`,
    'daemonize no',
    'save ""',
    'appendonly no',
    // Data that are short of memory must fail loudly, not vanish.
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}

/** Speaks just enough of the protocol (inline commands) to know that it serves us. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    const end = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('+PONG')) end(true);
      else if (answer.startsWith('-')) end(false);
    });
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}
