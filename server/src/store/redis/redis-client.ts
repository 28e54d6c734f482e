import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { watchLeader } from './leader-watch.ts';
import type { RedisAddress } from './redis-url.ts';

/** Takes commands, and finds by itself which server they go to. */
export type RedisClient = Redis | Cluster;

const COMMAND_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A server that says nothing for so long is gone: another may lead in its place. */
const SILENCE_TIMEOUT_MS = 4_000;
const RECONNECT_LIMIT_MS = 2_000;
/** How soon it is noticed at the latest that a key of a cluster has moved. */
const TOPOLOGY_INTERVAL_MS = 2_000;

const retryAfter = (attempt: number): number =>
  Math.min(50 * 2 ** Math.min(attempt, 6), RECONNECT_LIMIT_MS);

/** Commands fail rather than wait for a Redis that is away. */
const IMPATIENT = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SILENCE_TIMEOUT_MS,
} as const satisfies RedisOptions;

const WHOLE = {
  ...IMPATIENT,
  lazyConnect: true,
  enableOfflineQueue: false,
  retryStrategy: retryAfter,
} satisfies RedisOptions;

/** Makes a client that is not connected yet. */
export function createRedisClient(address: RedisAddress): RedisClient {
  if (address.kind === 'cluster') {
    const cluster = new Cluster([...address.nodes], clusterOptions(address));
    // Each connection of connectToKey listens.
    cluster.setMaxListeners(0);
    return cluster;
  }
  return address.kind === 'single' ? new Redis(address.url, WHOLE) : createSentinelClient(address);
}

function createSentinelClient(address: RedisAddress & { kind: 'sentinel' }): Redis {
  const { sentinels, name, db, isTls, login, sentinelLogin, keyPrefix } = address;
  const client = new Redis({
    ...WHOLE,
    ...login,
    sentinels: [...sentinels],
    name,
    db,
    keyPrefix,
    role: 'master',
    sentinelRetryStrategy: retryAfter,
    ...(isTls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    ...(sentinelLogin.username === undefined ? {} : { sentinelUsername: sentinelLogin.username }),
    ...(sentinelLogin.password === undefined ? {} : { sentinelPassword: sentinelLogin.password }),
    // One that became a replica takes no writes: ask the sentinels for the one that does.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  client.setMaxListeners(0);
  watchLeader(client, address);
  return client;
}

function clusterOptions({ isTls, login, keyPrefix }: RedisAddress & { kind: 'cluster' }) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    keyPrefix,
    clusterRetryStrategy: retryAfter,
    slotsRefreshInterval: TOPOLOGY_INTERVAL_MS,
    ...(isTls ? { dnsLookup: keepName } : {}),
    redisOptions: { ...IMPATIENT, ...login, ...(isTls ? { tls: {} } : {}) },
  };
}

/** Certificates are of names, which a look-up by the client would lose. */
function keepName(name: string, done: (fault: null, address: string) => void): void {
  done(null, name);
}

/** For commands that wait, and for listening: no deadline, and no second life. */
const DEDICATED = {
  lazyConnect: true,
  enableOfflineQueue: false,
  retryStrategy: null,
  sentinelRetryStrategy: () => null,
  commandTimeout: undefined,
  socketTimeout: undefined,
} satisfies RedisOptions;

/**
 * Connects to the server that has a key now, for one's own use. The connection never
 * heals: it ends ('end') when it is lost, when another server has the key, and when
 * whoever asked for it disconnects it.
 *
 * @throws what ioredis says where that server does not answer.
 */
export async function connectToKey(client: RedisClient, key: string): Promise<Redis> {
  const connection =
    client instanceof Cluster ? await duplicateNode(client, key) : duplicateLeader(client);
  // Whoever uses it hears of the end; without this a fault would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.connect();
  } catch (error) {
    connection.disconnect();
    if (client instanceof Cluster) {
      client.refreshSlotsCache();
    }
    throw error;
  }
  return connection;
}

/** Where another server may come to lead, the client notices it, and leaves. */
function duplicateLeader(client: Redis): Redis {
  const connection = client.duplicate({ ...DEDICATED });
  if (client.options.sentinels) {
    const leave = (): void => connection.disconnect();
    client.once('close', leave);
    connection.once('end', () => client.off('close', leave));
  }
  return connection;
}

async function duplicateNode(cluster: Cluster, key: string): Promise<Redis> {
  const keyPrefix = cluster.options.keyPrefix ?? '';
  const slot = Number(await cluster.cluster('KEYSLOT', `${keyPrefix}${key}`));
  const place = placeOf(cluster, slot);
  const node = cluster.nodes('master').find(({ options }) => nameOf(options) === place);
  if (node === undefined) {
    cluster.refreshSlotsCache();
    throw new Error('Connection is closed: no node of the cluster has the key');
  }
  const connection = node.duplicate({ ...DEDICATED, keyPrefix });
  const leaveWhenMoved = (): void => {
    if (placeOf(cluster, slot) !== place) {
      connection.disconnect();
    }
  };
  cluster.on('refresh', leaveWhenMoved);
  connection.once('end', () => cluster.off('refresh', leaveWhenMoved));
  return connection;
}

/** Of the server that leads a slot, as the cluster said last. */
function placeOf(cluster: Cluster, slot: number): string | undefined {
  return cluster.slots[slot]?.[0];
}

function nameOf({ host, port }: RedisOptions): string {
  return `${host}:${port}`;
}
