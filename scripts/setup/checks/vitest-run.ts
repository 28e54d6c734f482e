import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDebianPostgres } from '../engines/debian-postgres.ts';
import { type Postgres, startPostgres } from '../engines/postgres.ts';
import { startRedis } from '../engines/redis.ts';
import { inRoot, root } from '../paths.ts';
import { findProcess } from '../processes.ts';
import { elapsed, say } from '../say.ts';
import { type Tally, tallyReport, type VitestReport } from './tally.ts';

const PREFIX = 'balai-test-';
const STOP_DEADLINE_MS = 20_000;

/** Options of {@link runVitest}. */
export type VitestRun = { args: readonly string[]; workerBin: string; signal: AbortSignal };

/**
 * Runs vitest with a PostgreSQL and a Redis of its own, which are gone afterwards.
 * Nothing of a running Balai is touched: ports, folders and environment are apart.
 */
export async function runVitest({ args, workerBin, signal }: VitestRun): Promise<Tally> {
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  chmodSync(folder, 0o711); // for PostgreSQL's own user
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));

  const postgres = await startPostgres({
    folder: join(folder, 'postgres'),
    isDurable: false,
    signal,
  });
  owned.defer(postgres.stop);
  const older = await startOlderPostgres(join(folder, 'older-postgres'), signal);
  if (older) owned.defer(older.stop);
  const redis = await startRedis(join(folder, 'redis'), signal);
  owned.defer(redis.stop);
  const scratch = join(folder, 'tmp');
  mkdirSync(scratch);

  const startedAt = performance.now();
  const reportPath = join(folder, 'report.json');
  const exitedWell = await spawnVitest(
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`, ...args],
    {
      ...withoutConfiguration(process.env),
      MEDIASOUP_WORKER_BIN: workerBin,
      BALAI_TEST_DATABASE_URL: postgres.superuserUrl,
      ...(older ? { BALAI_TEST_OLDER_DATABASE_URL: older.superuserUrl } : {}),
      BALAI_TEST_REDIS_URL: redis.url,
      // What the tests leave there goes with the folder.
      TMPDIR: scratch,
    },
    signal,
  );
  signal.throwIfAborted();
  const report = existsSync(reportPath)
    ? (JSON.parse(readFileSync(reportPath, 'utf8')) as VitestReport)
    : undefined;
  const tally = tallyReport(report, exitedWell);
  say(`tests: ${tally.failed === 0 ? 'passed' : 'FAILED'} in ${elapsed(startedAt)}`);
  return tally;
}

/** The schema is tried on Debian's PostgreSQL too, where one is installed. */
async function startOlderPostgres(
  folder: string,
  signal: AbortSignal,
): Promise<Postgres | undefined> {
  const found = findDebianPostgres();
  if (!found) {
    say('no other PostgreSQL than the embedded one is installed: tests run on that alone');
    return undefined;
  }
  say(`tests of the database also run on Debian's PostgreSQL ${found.major}`);
  return await startPostgres({ folder, isDurable: false, signal, binaries: found.binaries });
}

/** Whether it ended with status 0. Nothing that it started is left when it has ended. */
async function spawnVitest(
  args: string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<boolean> {
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  // A process group of its own: it is told to stop once, in order, and the group
  // names what its tests started and did not end, such as browsers.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', process.execPath, vitest, ...args], {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (status) => resolve(status === 0));
  });
  const { pid } = child;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill('SIGINT');
    timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    if (pid !== undefined) killGroup(pid);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // All of them have ended: the usual case.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The user's own settings are for the user's server, not for tests. */
function withoutConfiguration(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isSetting = (name: string): boolean =>
    /^(BALAI_.*|DATABASE_URL|REDIS_URL|PORT|NODE_ENV)$/.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isSetting(name)));
}

/** Folders of runs that were killed; each has its process id in its name. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid && !findProcess(Number(pid)))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
