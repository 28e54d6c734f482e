/** Several Redis processes that belong together, on loopback ports, for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { SetupError } from '../say.ts';
import { type OwnedChild, onFreePort, spawnOwned, untilReady } from './engine.ts';
import { linkRedis } from './redis.ts';

/** Of all of them, and of the sentinels too. */
const PASSWORD = 'only-for-tests';
const SLOTS = 16_384;
const START_DEADLINE_MS = 15_000;
const AGREE_DEADLINE_MS = 20_000;

/** One process of a fleet. */
export type FleetMember = {
  port: number;
  /** For what an operator does: commands of its own. */
  client: Redis;
  /** Ends it without a goodbye. */
  kill(): Promise<void>;
};

/** Processes that belong together. */
export type RedisFleet = {
  /** As `REDIS_URL` has it. */
  url: string;
  members: readonly FleetMember[];
  stop(): Promise<void>;
};

type Started = FleetMember & { child: OwnedChild };

/** One server, a replica, and three sentinels that agree on a failover after half a second. */
export async function startSentinelFleet(folder: string): Promise<RedisFleet> {
  const started: Started[] = [];
  try {
    const leader = await startMember(join(folder, 'a'), started, serverLines());
    await startMember(join(folder, 'b'), started, [
      ...serverLines(),
      `replicaof 127.0.0.1 ${leader.port}`,
    ]);
    const name = 'balai-test';
    const sentinels: Started[] = [];
    for (const index of [1, 2, 3]) {
      const lines = [
        `requirepass ${PASSWORD}`,
        `sentinel monitor ${name} 127.0.0.1 ${leader.port} 2`,
        `sentinel auth-pass ${name} ${PASSWORD}`,
        `sentinel sentinel-pass ${PASSWORD}`,
        `sentinel down-after-milliseconds ${name} 500`,
        `sentinel failover-timeout ${name} 1000`,
      ];
      sentinels.push(await startMember(join(folder, `s${index}`), started, lines, ['--sentinel']));
    }
    await agree('the sentinels see each other and the replica', async () => {
      const seen = await Promise.all(
        sentinels.map(({ client }) => client.call('SENTINEL', 'MASTER', name) as Promise<string[]>),
      );
      return seen.every((facts) => {
        const of = (word: string): string | undefined => facts[facts.indexOf(word) + 1];
        return of('num-other-sentinels') === '2' && of('num-slaves') === '1';
      });
    });
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return fleet(
      `redis+sentinel://:${PASSWORD}@${hosts}/${name}?sentinelPassword=${PASSWORD}`,
      started,
    );
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

/** Three servers with a third of the keys each, and a replica of the first, which takes over. */
export async function startClusterFleet(folder: string): Promise<RedisFleet> {
  const started: Started[] = [];
  try {
    const lines = [
      ...serverLines(),
      'cluster-enabled yes',
      'cluster-node-timeout 1000',
      'cluster-replica-validity-factor 0',
    ];
    for (const name of ['a', 'b', 'c', 'd']) {
      await startMember(join(folder, name), started, lines);
    }
    const [first, second, third, replica] = started as [Started, Started, Started, Started];
    const leaders = [first, second, third];
    for (const [index, { client }] of leaders.entries()) {
      const from = Math.ceil((SLOTS * index) / leaders.length);
      const to = Math.ceil((SLOTS * (index + 1)) / leaders.length) - 1;
      await client.cluster('ADDSLOTSRANGE', from, to);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const { port } of [second, third, replica]) {
      await first.client.cluster('MEET', '127.0.0.1', port);
    }
    const everybodySays = (word: string) => async () => {
      const said = await Promise.all(started.map(({ client }) => client.cluster('INFO')));
      return said.every((text) => String(text).includes(word));
    };
    await agree('all nodes know each other', everybodySays('cluster_known_nodes:4'));
    await replica.client.cluster('REPLICATE', String(await first.client.cluster('MYID')));
    await agree('all slots are served', everybodySays('cluster_state:ok'));
    await agree('the replica follows', async () =>
      (await replica.client.info('replication')).includes('master_link_status:up'),
    );
    // One that is no replica is enough to find the others by.
    return fleet(`redis+cluster://:${PASSWORD}@127.0.0.1:${second.port}`, started);
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

function serverLines(): string[] {
  return [`requirepass ${PASSWORD}`, `masterauth ${PASSWORD}`, 'save ""', 'appendonly no'];
}

async function startMember(
  folder: string,
  started: Started[],
  lines: readonly string[],
  args: readonly string[] = [],
): Promise<Started> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = linkRedis(folder);
  const logPath = join(folder, 'log');
  writeFileSync(logPath, '');
  const configPath = join(folder, 'redis.conf');
  const member = await onFreePort(logPath, async (port) => {
    // Sentinels and nodes of a cluster write into theirs.
    const config = ['bind 127.0.0.1', `port ${port}`, `dir "${folder}"`, ...lines];
    // The port of the cluster's own bus is 10000 above, unless that is none.
    if (lines.includes('cluster-enabled yes') && port > 55_000) {
      config.push(`cluster-port ${port - 10_000}`);
    }
    writeFileSync(configPath, `${config.join('\n')}\n`, { mode: 0o600 });
    const child = spawnOwned({
      file,
      args: [configPath, ...args],
      cwd: folder,
      logPath,
      stopSignal: 'SIGTERM',
      stopDeadlineMs: 5_000,
    });
    const client = new Redis({
      host: '127.0.0.1',
      port,
      password: PASSWORD,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 50,
    });
    // Those that a test ends lose their connection.
    client.on('error', () => undefined);
    const attempt = async (): Promise<boolean> => {
      try {
        return (await client.ping()) === 'PONG';
      } catch {
        return false; // not yet; untilReady has a deadline and shows the log
      }
    };
    try {
      const limits = {
        deadlineMs: START_DEADLINE_MS,
        logPath,
        signal: new AbortController().signal,
      };
      await untilReady('Redis', child, attempt, limits);
    } catch (error) {
      client.disconnect();
      await child.stop();
      throw error;
    }
    const kill = async (): Promise<void> => {
      client.disconnect();
      process.kill(child.pid, 'SIGKILL');
      await child.ended;
    };
    return { port, client, child, kill };
  });
  started.push(member);
  return member;
}

function fleet(url: string, started: readonly Started[]): RedisFleet {
  return { url, members: started, stop: () => stopAll(started) };
}

async function stopAll(started: readonly Started[]): Promise<void> {
  await Promise.all(
    started.map(async ({ client, child }) => {
      client.disconnect();
      await child.stop();
    }),
  );
}

async function agree(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + AGREE_DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new SetupError(`it did not come to be that ${what}`);
    await delay(20);
  }
}
