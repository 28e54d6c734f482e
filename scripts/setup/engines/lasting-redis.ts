import { warn } from '../say.ts';
import type { Engine } from './engine.ts';
import { startRedis } from './redis.ts';

/** More ends than this in so short a time have a cause that a start does not take away. */
const MAX_ENDS = 5;
const WITHIN_MS = 60_000;

/**
 * Starts a Redis of our own that is started again, empty and at the same address,
 * when it ends by itself: the server does without it meanwhile, and nothing durable
 * is in it.
 *
 * @returns it; `ended` settles when it was stopped, or could not be kept running.
 */
export async function startLastingRedis(folder: string, signal: AbortSignal): Promise<Engine> {
  let redis = await startRedis(folder, signal);
  const { url } = redis;
  let isStopping = false;

  const keepRunning = async (): Promise<string> => {
    let ends: number[] = [];
    for (;;) {
      const how = await redis.ended;
      if (isStopping) return how;
      const now = performance.now();
      ends = [...ends.filter((at) => at > now - WITHIN_MS), now];
      if (ends.length > MAX_ENDS) return `${how}, ${ends.length} times in a minute`;
      warn(`Redis ended by itself (${how}); starting it again`);
      try {
        redis = await startRedis(folder, signal, url);
      } catch (error) {
        return `${how}; ${error instanceof Error ? error.message : String(error)}`;
      }
      if (isStopping) await redis.stop();
    }
  };
  const ended = keepRunning();
  return {
    url,
    ended,
    async stop() {
      isStopping = true;
      await redis.stop();
      await ended;
    },
  };
}
