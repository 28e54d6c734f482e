import { randomUUID } from 'node:crypto';
import type { Logger } from '../../kernel/logger.ts';
import type { RedisStore } from './redis.ts';

/** Longer than a transaction of the database may take. */
const LEASE_MS = 30_000;
/** Field of a key under which nothing is known yet; no hash that is cached may have it. */
const LEASE = 'lease';
/** Lease of nobody: while a thing changes, what is read of it is not remembered. */
const CHANGING = 'changing';

export interface CachedHashSpec {
  /** What is cached, for the log: `profiles`. */
  readonly name: string;
  readonly keyOf: (id: string) => string;
  readonly lifetimeMs: number;
}

/** Fields of one thing. Absent fields are how null is written. */
export type HashFields = Readonly<Record<string, string>>;

/**
 * What was read of things of one kind, over all processes, in front of the database.
 *
 * Nobody ever reads what was true before a change that is done. Whoever finds
 * nothing gets a lease, and writes down what they then read only while that lease
 * stands; every change takes it away, before the change and after it.
 */
export interface CachedHash {
  /**
   * The fields, from the cache or from `load`. Where Redis is away, from `load`.
   *
   * @param load Reads them from the database; undefined is not remembered.
   */
  read(id: string, load: () => Promise<HashFields | undefined>): Promise<HashFields | undefined>;

  /**
   * Does what changes the thing, and forgets what was known of it.
   *
   * @param work Done, and seen by other readers, when it resolves.
   * @throws AppError `unavailable`, before anything was done, where Redis is away:
   * the change could not be made known.
   */
  change<T>(id: string, work: () => Promise<T>): Promise<T>;
}

/** ARGV: a lease of one's own, its lifetime. Returns the fields. */
const LOOK = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], '${LEASE}', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGETALL', KEYS[1])
`;

/** ARGV: the lease, the lifetime, then the fields. */
const FILL = `
if redis.call('HGET', KEYS[1], '${LEASE}') ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** ARGV: the lease of nobody, its lifetime. */
const BLOCK = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], '${LEASE}', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** A cache of hashes in Redis. */
export function createCachedHash(
  redis: RedisStore,
  logger: Logger,
  { name, keyOf, lifetimeMs }: CachedHashSpec,
): CachedHash {
  const evaluate = (script: string, id: string, args: readonly string[]) =>
    redis.run((client) => client.eval(script, 1, keyOf(id), ...args));

  /** The cache is a convenience: without it the database answers. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      logger.warn({ err: error, cache: name }, 'a cache does not answer');
      return undefined;
    }
  };

  return {
    async read(id, load) {
      const found = await attempt(async () =>
        toFields((await evaluate(LOOK, id, [randomUUID(), String(LEASE_MS)])) as string[]),
      );
      const lease = found?.[LEASE];
      if (found !== undefined && lease === undefined) {
        return found;
      }
      const loaded = await load();
      if (loaded !== undefined && lease !== undefined && lease !== CHANGING) {
        const args = [lease, String(lifetimeMs), ...Object.entries(loaded).flat()];
        await attempt(() => evaluate(FILL, id, args));
      }
      return loaded;
    },

    async change(id, work) {
      await evaluate(BLOCK, id, [CHANGING, String(LEASE_MS)]);
      try {
        return await work();
      } finally {
        // Where this fails the block ends by itself, and nothing old was kept.
        await attempt(() => redis.run((client) => client.del(keyOf(id))));
      }
    },
  };
}

/** Redis gives names and values in turn. */
function toFields(flat: readonly string[]): HashFields {
  const fields: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) {
    fields[flat[index] ?? ''] = flat[index + 1] ?? '';
  }
  return fields;
}
