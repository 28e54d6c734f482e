/**
 * `npm run cluster -- --control 2 --media 3 [--netns]`: a whole cluster on this machine, for
 * trying and for tests. Every control replica and every media node is a process of its own,
 * with `--netns` (root on Linux) in a network namespace and at an address of its own.
 *
 * `--workers N` of each media node (1), `--port N` of the one URL (3000, or a free one where
 * that is taken), `--data FOLDER`, `--json` tells what happens as JSON lines. Options of the
 * environment hold for every member; DATABASE_URL names a database in place of its own.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { announceAsJson, announceInWords } from './cluster/announce.ts';
import { takeDataFolder } from './cluster/data-folder.ts';
import { type LocalCluster, startLocalCluster } from './cluster/local-cluster.ts';
import { namespacesFault } from './cluster/namespaces.ts';
import { buildClients } from './setup/build-clients.ts';
import { readConfiguration } from './setup/configuration.ts';
import { complain, elapsed, SetupError, say, sayOnStandardError } from './setup/say.ts';
import { checkPort, stopStrayServer } from './setup/server-process.ts';
import { ensureSystemPackages, redisNeed } from './setup/system-packages.ts';
import { runVerb } from './setup/verb.ts';
import { prepareBuild } from './setup/worker/build.ts';
import { findWorker } from './setup/worker/worker.ts';

const USUAL_PORT = 3_000;

await runVerb(async (signal) => {
  const startedAt = performance.now();
  const { values } = parseArgs({
    options: {
      control: { type: 'string', default: '2' },
      media: { type: 'string', default: '3' },
      workers: { type: 'string', default: '1' },
      netns: { type: 'boolean', default: false },
      port: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.json) sayOnStandardError();
  const counts = {
    control: whole('control', values.control, 1, 20),
    media: whole('media', values.media, 1, 100),
    workers: whole('workers', values.workers, 1, 256),
  };
  const wantedPort = values.port === undefined ? undefined : whole('port', values.port, 0, 65_535);
  const fault = values.netns ? namespacesFault() : undefined;
  if (fault !== undefined) throw new SetupError(`--netns: ${fault}`);

  await using owned = new AsyncDisposableStack();
  const folder = await takeDataFolder(values.data);
  owned.defer(() => folder.release());
  await stopStrayServer(`${folder.path}/data`);
  const workerBin = await bringWorkerAndPackages(signal);
  await buildClients(signal);

  const write = (text: string): void => void process.stdout.write(text);
  const announcer = values.json ? announceAsJson(write) : announceInWords(write);
  let isStopping = false;
  const cluster = await startLocalCluster({
    ...counts,
    hasNamespaces: values.netns,
    port: wantedPort ?? (await usualPortOrAny()),
    folder: folder.path,
    databaseUrl: process.env['DATABASE_URL'] || undefined,
    workerBin,
    env: process.env,
    signal,
    onReady: (member) => announcer.memberReady(member),
    onEnded: (member, how) => {
      if (!isStopping) announcer.memberEnded(member, how);
    },
  });
  owned.defer(() => cluster.stop());
  announcer.ready(cluster, elapsed(startedAt));
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => void obey(cluster, line));
  owned.defer(() => orders.close());

  const broken = await Promise.race([
    cluster.broken,
    new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener('abort', () => resolve(undefined), { once: true });
    }),
  ]);
  isStopping = true;
  if (broken !== undefined) throw new SetupError(`${broken}; stopping`);
  say('stopping; a moment');
  await owned.disposeAsync();
  say(`stopped; the data stay in ${folder.path}`);
  return 0;
});

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SetupError(
    `--${name} has to be a whole number from ${least} to ${most}, and not ${text}`,
  );
}

async function bringWorkerAndPackages(signal: AbortSignal): Promise<string> {
  const { MEDIASOUP_WORKER_BIN } = process.env;
  const { workerBin } = readConfiguration(MEDIASOUP_WORKER_BIN ? { MEDIASOUP_WORKER_BIN } : {});
  const found = await findWorker(workerBin, signal);
  const build = found ? undefined : await prepareBuild(signal);
  await ensureSystemPackages([redisNeed, ...(build?.needs ?? [])], signal);
  return found ?? (await (build as NonNullable<typeof build>).run(signal));
}

/** Another cluster, or a server, may have the usual one. */
async function usualPortOrAny(): Promise<number> {
  try {
    await checkPort(USUAL_PORT, '127.0.0.1');
    return USUAL_PORT;
  } catch {
    return 0;
  }
}

/** `start NAME`. Never rejects. */
async function obey(cluster: LocalCluster, line: string): Promise<void> {
  const [verb, name, ...rest] = line.trim().split(/\s+/);
  if (verb === '') return;
  const member = [...cluster.control, ...cluster.media].find((one) => one.name === name);
  try {
    if (verb !== 'start' || member === undefined || rest.length > 0) {
      throw new SetupError('what can be said here is: start NAME');
    }
    if (member.isReady) throw new SetupError(`${member.name} runs`);
    await member.start();
  } catch (error) {
    complain(error);
  }
}
