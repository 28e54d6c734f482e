/** `npm start`: brings what is missing, and runs Balai until it is told to stop. */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../server/src/compose/config.ts';
import { buildClients } from './setup/build-clients.ts';
import { readConfiguration } from './setup/configuration.ts';
import type { Engine } from './setup/engines/engine.ts';
import { startLastingRedis } from './setup/engines/lasting-redis.ts';
import { startPostgres } from './setup/engines/postgres.ts';
import { acquireLock, LockHeldError } from './setup/lock.mjs';
import { elapsed, SetupError, say } from './setup/say.ts';
import { checkPort, startServer, stopStrayServer } from './setup/server-process.ts';
import { ensureSystemPackages, redisNeed } from './setup/system-packages.ts';
import { runVerb } from './setup/verb.ts';
import { prepareBuild } from './setup/worker/build.ts';
import { findWorker } from './setup/worker/worker.ts';

/** A run that is being stopped gets this long to let go of the data folder. */
const LET_GO_MS = 4_000;

await runVerb(async (signal) => {
  const startedAt = performance.now();
  const config = readConfiguration(process.env);
  // Passable, for PostgreSQL's own user; every secret in it is closed by itself.
  mkdirSync(config.dataDir, { recursive: true, mode: 0o711 });
  const data = realpathSync(config.dataDir);
  const lock = await lockData(data);

  // Undone in reverse order, whatever happens in between.
  await using owned = new AsyncDisposableStack();
  owned.defer(() => lock.release());
  await stopStrayServer(data);
  await checkPort(config.port, config.host);
  const workerBin = await bringWorkerAndPackages(config, signal);
  await buildClients(signal);

  const [redis, postgres] = await startBoth(
    config.redisUrl ? undefined : startLastingRedis(join(data, 'redis'), signal),
    config.databaseUrl
      ? undefined
      : startPostgres({ folder: join(data, 'postgres'), isDurable: true, signal }),
    owned,
  );

  const isTerminal = process.stdout.isTTY;
  const logPath = isTerminal ? join(data, 'server.log') : undefined;
  const server = startServer(
    {
      ...process.env,
      NODE_ENV: process.env['NODE_ENV'] || 'production',
      DATABASE_URL: config.databaseUrl ?? postgres?.url,
      REDIS_URL: config.redisUrl ?? redis?.url,
      MEDIASOUP_WORKER_BIN: workerBin,
      BALAI_DATA_DIR: data,
    },
    logPath,
  );
  owned.defer(() => server.stop());
  const stopped = untilAborted(signal);
  const url = await Promise.race([server.ready, stopped]);
  if (url === undefined) throw signal.reason;
  lock.describe(`process ${process.pid} at ${url}`);
  announce({ url, data, logPath, time: elapsed(startedAt) });

  const broken = await Promise.race([
    stopped,
    server.ended.then((how) => `the server ended by itself (${how})`),
    redis?.ended.then((how) => `Redis ended by itself (${how})`) ?? stopped,
    postgres?.ended.then((how) => `PostgreSQL ended by itself (${how})`) ?? stopped,
  ]);
  if (broken !== undefined) throw new SetupError(`${broken}; stopping`);
  say('stopping; a moment');
  await owned.disposeAsync();
  say(`stopped; the data stay in ${data}`);
  return 0;
});

async function lockData(data: string): ReturnType<typeof acquireLock> {
  try {
    return await acquireLock(join(data, 'start.lock'), { timeoutMs: LET_GO_MS });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new SetupError(
      `Balai already runs with the data in ${data}: ${error.holder}. ` +
        'Stop it first, or give this one its own BALAI_DATA_DIR and PORT.',
    );
  }
}

/** All that is missing is known before the first package is installed. */
async function bringWorkerAndPackages(config: Config, signal: AbortSignal): Promise<string> {
  const found = await findWorker(config.workerBin, signal);
  const build = found ? undefined : await prepareBuild(signal);
  const needs = [...(config.redisUrl ? [] : [redisNeed]), ...(build?.needs ?? [])];
  await ensureSystemPackages(needs, signal);
  return found ?? (await (build as NonNullable<typeof build>).run(signal));
}

/** Starts both at once; what did start is owned even when the other one failed. */
async function startBoth<A extends Engine, B extends Engine>(
  first: Promise<A> | undefined,
  second: Promise<B> | undefined,
  owned: AsyncDisposableStack,
): Promise<[A | undefined, B | undefined]> {
  const results = await Promise.allSettled([first, second]);
  // PostgreSQL is stopped last: Redis holds nothing that must be kept.
  for (const result of results.toReversed()) {
    if (result.status === 'fulfilled' && result.value) owned.defer(result.value.stop);
  }
  const [a, b] = results;
  if (a?.status === 'rejected') throw a.reason;
  if (b?.status === 'rejected') throw b.reason;
  return [a?.value, b?.value];
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

type Announcement = { url: string; data: string; logPath: string | undefined; time: string };

function announce({ url, data, logPath, time }: Announcement): void {
  process.stdout.write(
    [
      '',
      `  Balai runs at ${url}  (ready in ${time})`,
      '',
      '  Open it in a browser and choose "Create account" to register; with the account',
      '  you make rooms. Guests need none: they open the link of a room and give a name.',
      '',
      `  Data: ${data}${logPath ? `   Log: ${logPath}` : ''}`,
      '  Ctrl-C stops everything and keeps the data.',
      '',
      '',
    ].join('\n'),
  );
}
