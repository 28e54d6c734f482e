import { AppError } from '../../kernel/app-error.ts';
import { type Metrics, startTimer } from '../../kernel/metrics.ts';
import type { RedisStore } from './redis.ts';

/**
 * The same Redis, whose requests are timed. What libraries do with the client itself, and
 * what waits on connections of its own, is not.
 */
export function measureRedis(store: RedisStore, metrics: Pick<Metrics, 'observe'>): RedisStore {
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const seconds = startTimer();
    let outcome = 'ok';
    try {
      return await work;
    } catch (error) {
      outcome = error instanceof AppError && error.code === 'unavailable' ? error.code : 'failed';
      throw error;
    } finally {
      metrics.observe('balai_redis_request_duration_seconds', { outcome }, seconds());
    }
  };
  return {
    ...store,
    run: (commands) => timed(store.run(commands)),
    ping: () => timed(store.ping()),
  };
}
