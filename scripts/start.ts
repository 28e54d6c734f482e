/**
 * `npm start`: brings what is missing, and runs Balai until it is told to stop. With
 * `--role media` that is a media node, which has no stores and no pages.
 */
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Config } from '../server/src/compose/config.ts';
import type { NodeConfig } from '../server/src/compose/node-config.ts';
import { buildClients } from './setup/build-clients.ts';
import type { StopOrder } from './setup/child-end.ts';
import { readConfiguration } from './setup/configuration.ts';
import type { Engine } from './setup/engines/engine.ts';
import { startLastingRedis } from './setup/engines/lasting-redis.ts';
import { startPostgres } from './setup/engines/postgres.ts';
import { writeRedisUrl } from './setup/engines/redis-url-file.ts';
import { acquireLock, LockHeldError } from './setup/lock.mjs';
import { elapsed, SetupError, say } from './setup/say.ts';
import { checkPort, startServer, stopStrayServer } from './setup/server-process.ts';
import { StopRequest } from './setup/stop-request.ts';
import { ensureSystemPackages, redisNeed } from './setup/system-packages.ts';
import { runVerb } from './setup/verb.ts';
import { prepareBuild } from './setup/worker/build.ts';
import { findWorker } from './setup/worker/worker.ts';

/** A run that is being stopped gets this long to let go of the data folder. */
const LET_GO_MS = 4_000;
/** How a media node ends that an administrator has drained. */
const EMPTY = 'exit status 0';

await runVerb(async (signal) => {
  const startedAt = performance.now();
  const env = readEnvironment();
  const config = readConfiguration(env);
  const isNode = config.role === 'media';
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
  if (!isNode) await buildClients(signal);

  const [redis, postgres] = await startBoth(
    isNode || config.redisUrl ? undefined : startLastingRedis(join(data, 'redis'), signal),
    isNode || config.databaseUrl
      ? undefined
      : startPostgres({ folder: join(data, 'postgres'), isDurable: true, signal }),
    owned,
  );

  if (redis !== undefined) owned.defer(writeRedisUrl(join(data, 'redis'), redis.url));

  const isTerminal = process.stdout.isTTY;
  const logPath = isTerminal ? join(data, 'server.log') : undefined;
  const server = startServer(
    {
      ...env,
      NODE_ENV: env['NODE_ENV'] || 'production',
      DATABASE_URL: config.databaseUrl ?? postgres?.url,
      REDIS_URL: config.redisUrl ?? redis?.url,
      MEDIASOUP_WORKER_BIN: workerBin,
      BALAI_DATA_DIR: data,
    },
    logPath,
  );
  owned.defer(() => server.stop(config.node && stopOfNode(config.node, signal)));
  const stopped = untilAborted(signal);
  const url = await Promise.race([server.ready, stopped]);
  if (url === undefined) throw signal.reason;
  lock.describe(`process ${process.pid} at ${url}`);
  const announcement = { url, data, logPath, time: elapsed(startedAt) };
  if (isNode) announceNode(config, announcement);
  else announce(announcement);

  const serverEnd = server.ended.then((how) => `the server ended by itself (${how})`);
  const nodeEnd = server.ended.then((how) =>
    how === EMPTY ? undefined : `the media node ended by itself (${how})`,
  );
  const broken = await Promise.race([
    stopped,
    isNode ? nodeEnd : serverEnd,
    redis?.ended.then((how) => `Redis ended by itself (${how})`) ?? stopped,
    postgres?.ended.then((how) => `PostgreSQL ended by itself (${how})`) ?? stopped,
  ]);
  if (broken !== undefined) throw new SetupError(`${broken}; stopping`);
  say('stopping; a moment');
  await owned.disposeAsync();
  say(`stopped; the data stay in ${data}`);
  return 0;
});

/** Who presses Ctrl-C does not want to wait for people to be moved to other nodes. */
function stopOfNode({ drainTimeoutMs }: NodeConfig, { reason }: AbortSignal): StopOrder {
  return reason instanceof StopRequest && reason.message === 'SIGTERM'
    ? { signal: 'SIGTERM', graceMs: drainTimeoutMs }
    : { signal: 'SIGINT', graceMs: 0 };
}

/** The environment, where an argument may name the role. */
function readEnvironment(): NodeJS.ProcessEnv {
  const { role } = parseArgs({ options: { role: { type: 'string' } } }).values;
  return role === undefined ? process.env : { ...process.env, BALAI_ROLE: role };
}

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
  const hasRedis = config.role === 'media' || config.redisUrl !== undefined;
  const needs = [...(hasRedis ? [] : [redisNeed]), ...(build?.needs ?? [])];
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

function announceNode(config: Config, { url, logPath, time }: Announcement): void {
  process.stdout.write(
    [
      '',
      `  The media node ${config.node?.nodeId} of Balai runs  (ready in ${time})`,
      '',
      `  It looks for control replicas at ${config.node?.controlUrls.join(', ')}.`,
      `  ${url}/readyz says whether it found one.${logPath ? `   Log: ${logPath}` : ''}`,
      '  Ctrl-C stops it.',
      '',
      '',
    ].join('\n'),
  );
}
