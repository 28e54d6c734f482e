import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLastingRedis } from '../setup/engines/lasting-redis.ts';
import { startPostgres } from '../setup/engines/postgres.ts';
import { writeRedisUrl } from '../setup/engines/redis-url-file.ts';
import { SetupError } from '../setup/say.ts';
import { controlEnvironment, mediaEnvironment, type SharedSettings } from './environment.ts';
import { type ForwardedPort, forwardPort, type TcpAddress } from './forward-port.ts';
import { Member, type MemberEvents } from './member.ts';
import { namespacedNetwork } from './namespaces.ts';
import { type ClusterNetwork, loopbackNetwork } from './network.ts';
import { readReadyNodes } from './ready-nodes.ts';

export type LocalClusterOptions = Partial<MemberEvents> & {
  /** Control replicas. At least 1. */
  readonly control: number;
  /** Media nodes. At least 1. */
  readonly media: number;
  /** Workers of each media node. */
  readonly workers: number;
  /** Whether each member has a network namespace. */
  readonly hasNamespaces: boolean;
  /** Of the one port that leads to all control replicas. 0 takes a free one. */
  readonly port: number;
  /** Data and logs. It exists, and nobody else uses it. */
  readonly folder: string;
  readonly workerBin: string;
  /** Of a PostgreSQL that is there; undefined starts one with its data in the folder. */
  readonly databaseUrl: string | undefined;
  /** Options for all members, beside those that the cluster sets. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
};

/** A cluster whose processes are all on this machine. */
export type LocalCluster = AsyncDisposable & {
  /** Leads to a control replica that lives, one after the other. */
  readonly url: string;
  readonly control: readonly Member[];
  readonly media: readonly Member[];
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Opens `/metrics` of every member. */
  readonly metricsToken: string;
  /** Settles when Redis or PostgreSQL ended by themselves, for good; with how. */
  readonly broken: Promise<string>;
  /** Waits until every control replica that runs has so many media nodes. @throws SetupError after a minute. */
  awaitNodes(count: number): Promise<void>;
  /** Ends everything that was started. Idempotent. */
  stop(): Promise<void>;
};

const NODES_DEADLINE_MS = 60_000;
const POLL_MS = 50;

/** Starts a cluster, and waits until every replica has every node. Nothing is left of a start that fails. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const owned = new AsyncDisposableStack();
  try {
    return await start(options, owned);
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

async function start(
  options: LocalClusterOptions,
  owned: AsyncDisposableStack,
): Promise<LocalCluster> {
  const { folder, signal } = options;
  const dataDir = join(folder, 'data');
  const logs = join(folder, 'logs');
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  mkdirSync(logs, { recursive: true });
  const postgresFolder = join(dataDir, 'postgres');
  const [postgres, redis] = await settleAll([
    options.databaseUrl === undefined
      ? owning(owned, startPostgres({ folder: postgresFolder, isDurable: true, signal }), (one) =>
          one.stop(),
        )
      : { url: options.databaseUrl, ended: new Promise<never>(() => undefined) },
    owning(owned, startLastingRedis(join(dataDir, 'redis'), signal), (one) => one.stop()),
  ] as const);
  owned.defer(writeRedisUrl(join(dataDir, 'redis'), redis.url));
  const network = options.hasNamespaces ? await namespacedNetwork() : loopbackNetwork();
  owned.defer(() => network.close());

  const shared: SharedSettings = {
    base: options.env,
    dataDir,
    workerBin: options.workerBin,
    nodeKey: randomBytes(24).toString('hex'),
    metricsToken: randomBytes(24).toString('hex'),
    databaseUrl: await bringStore(postgres.url, network, owned),
    redisUrl: await bringStore(redis.url, network, owned),
  };
  const events: MemberEvents = {
    onReady: (member) => options.onReady?.(member),
    onEnded: (member, how) => options.onEnded?.(member, how),
  };
  const make = async (
    role: Member['role'],
    count: number,
    environmentOf: (name: string, place: Member['place'], port?: number) => NodeJS.ProcessEnv,
  ): Promise<Member[]> => {
    const members: Member[] = [];
    while (members.length < count) {
      const name = `${role}-${members.length + 1}`;
      const place = await network.place(name);
      const logPath = join(logs, `${name}.log`);
      const environment = (port: number | undefined) => environmentOf(name, place, port);
      members.push(new Member({ ...events, name, role, place, logPath, environment }));
    }
    owned.defer(() => stopAll(members));
    return members;
  };

  // Replicas are stopped first: nodes then have nobody to wait for.
  const control: Member[] = [];
  const media = await make('media', options.media, (name, place) =>
    mediaEnvironment(shared, place, {
      name,
      workers: options.workers,
      controlUrls: control.map(({ url }) => url),
    }),
  );
  control.push(
    ...(await make('control', options.control, (_name, place, port) =>
      controlEnvironment(shared, place, port),
    )),
  );
  await startAll(control, signal);
  await startAll(media, signal);
  const front = await openFront(options.port, control);
  owned.defer(() => front.close());

  const awaitNodes = async (count: number): Promise<void> => {
    const deadline = performance.now() + NODES_DEADLINE_MS;
    for (;;) {
      const running = control.filter(({ isReady }) => isReady);
      const counts = await Promise.all(
        running.map(({ url }) => readReadyNodes(url, shared.metricsToken)),
      );
      if (counts.every((one) => one === count)) return;
      signal.throwIfAborted();
      if (performance.now() > deadline) {
        throw new SetupError(
          `the control replicas have ${counts.join(' and ')} media nodes, and not ${count}; see ${logs}`,
        );
      }
      await delay(POLL_MS);
    }
  };
  await awaitNodes(media.length);
  return {
    url: `http://${front.host}:${front.port}`,
    control,
    media,
    dataDir,
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    metricsToken: shared.metricsToken,
    broken: Promise.race([
      postgres.ended.then((how) => `PostgreSQL ended by itself (${how})`),
      redis.ended.then((how) => `Redis ended by itself (${how})`),
    ]),
    awaitNodes,
    stop: () => owned.disposeAsync(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A store listens at the loopback address only, which is another one in each namespace. */
async function bringStore(
  url: string,
  network: ClusterNetwork,
  owned: AsyncDisposableStack,
): Promise<string> {
  const store = new URL(url);
  if (network.hostAddress === store.hostname) return url;
  const target = { host: store.hostname, port: Number(store.port) };
  const port = await forwardPort({ host: network.hostAddress, port: 0 }, () => [target]);
  owned.defer(() => port.close());
  store.hostname = port.host;
  store.port = String(port.port);
  return store.href;
}

/** One after the other, and the next one where one does not answer. */
async function openFront(port: number, control: readonly Member[]): Promise<ForwardedPort> {
  let turn = 0;
  const targets = (): TcpAddress[] => {
    const living = control.filter(({ isReady }) => isReady);
    turn += 1;
    return living.map((_, index) => (living[(index + turn) % living.length] as Member).address);
  };
  try {
    return await forwardPort({ host: '127.0.0.1', port }, targets);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!isTaken) throw error;
    throw new SetupError(`port ${port} is taken: choose another one with --port`);
  }
}

async function startAll(members: readonly Member[], signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([settleAll(members.map((member) => member.start())), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function stopAll(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map((member) => member.stop()));
}

/** Owned as soon as it is there, whatever becomes of what starts beside it. */
async function owning<T>(
  owned: AsyncDisposableStack,
  starting: Promise<T>,
  stop: (one: T) => Promise<void>,
): Promise<T> {
  const one = await starting;
  owned.defer(() => stop(one));
  return one;
}

/** As Promise.all, but when one fails the others are waited for as well. */
async function settleAll<T extends readonly unknown[]>(work: T): Promise<AllOf<T>> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

type AllOf<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };
