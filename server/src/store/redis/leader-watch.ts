import { Redis } from 'ioredis';
import type { RedisAddress } from './redis-url.ts';

/** How soon it is noticed at the latest that another server leads. */
const ASK_INTERVAL_MS = 1_000;
const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Asks the sentinels whom they follow, and has the client reconnect when that is another
 * server: in a failover that somebody ordered, and after a network was cut, the old one goes
 * on taking writes for seconds, which nobody will ever read. Until the client ends.
 *
 * The `failoverDetector` of ioredis is for the same; but told of a failover while the
 * client looks for the new leader, it ends the client for good.
 */
export function watchLeader(
  client: Redis,
  { sentinels, name, isTls, sentinelLogin }: RedisAddress & { kind: 'sentinel' },
): void {
  let asked = 0;
  let sentinel: Redis | undefined;
  let isAsking = false;
  let leader: string | undefined;

  const connectNext = (): Redis => {
    const connection = new Redis({
      ...sentinels[asked % sentinels.length],
      ...sentinelLogin,
      ...(isTls ? { tls: {} } : {}),
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: null,
      connectTimeout: ANSWER_TIMEOUT_MS,
      commandTimeout: ANSWER_TIMEOUT_MS,
    });
    // A question that fails says so, too.
    connection.on('error', () => undefined);
    return connection;
  };

  const ask = async (): Promise<void> => {
    // Without a connection the client is looking for the leader itself.
    if (isAsking || client.status !== 'ready') {
      return;
    }
    isAsking = true;
    try {
      sentinel ??= connectNext();
      const answer = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name);
      const now = answer === null ? leader : String(answer);
      if (leader !== undefined && now !== leader) {
        client.stream.destroy();
      }
      leader = now;
    } catch {
      // Another one will know.
      sentinel?.disconnect();
      sentinel = undefined;
      asked += 1;
    } finally {
      isAsking = false;
    }
  };

  const timer = setInterval(() => void ask(), ASK_INTERVAL_MS);
  client.on('close', () => {
    leader = undefined;
  });
  client.once('end', () => {
    clearInterval(timer);
    sentinel?.disconnect();
  });
}
