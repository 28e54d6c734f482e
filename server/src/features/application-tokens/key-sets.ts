import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';

/** How long a set is taken for what the application publishes. */
const LIFETIME_MS = 10 * 60_000;
/** However many tokens name keys that are not there, the application is asked no more often. */
const COOL_DOWN_MS = 30_000;
/** Sets that are remembered; those asked for longest ago are forgotten first. */
const MAX_SETS = 1_000;

export interface KeySetsDependencies {
  readonly fetchKeySet: (url: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The public keys of applications, from their own servers. */
export interface KeySets {
  /**
   * Finds the key of a token in the set under this URL. It takes what jose asks for.
   *
   * The keys throw AppError `unavailable` where they cannot be read, and errors of jose
   * where the right one is not among them.
   */
  at(url: string): JWTVerifyGetKey;
}

interface Entry {
  /** Undefined until it was read. */
  find: JWTVerifyGetKey | undefined;
  readAt: number;
  triedAt: number;
  reading: Promise<JWTVerifyGetKey> | undefined;
}

/** Keys that are remembered by this process for a while. */
export function createKeySets({ fetchKeySet, clock, logger }: KeySetsDependencies): KeySets {
  const entries = new Map<string, Entry>();

  const entryOf = (url: string): Entry => {
    const entry = entries.get(url) ?? {
      find: undefined,
      readAt: Number.NEGATIVE_INFINITY,
      triedAt: Number.NEGATIVE_INFINITY,
      reading: undefined,
    };
    entries.delete(url);
    entries.set(url, entry);
    const [oldest] = entries.keys();
    if (entries.size > MAX_SETS && oldest !== undefined) {
      entries.delete(oldest);
    }
    return entry;
  };

  const read = async (url: string, entry: Entry): Promise<JWTVerifyGetKey> => {
    try {
      // It checks the shape, and takes of the set only keys that fit the token's algorithm.
      const find = createLocalJWKSet((await fetchKeySet(url)) as JSONWebKeySet);
      entry.find = find;
      entry.readAt = clock();
      return find;
    } catch (error) {
      logger.warn({ err: error, url }, "an application's keys could not be read");
      throw unreadable();
    } finally {
      entry.reading = undefined;
    }
  };

  /** Undefined while the application was asked a moment ago. */
  const readAgain = (url: string, entry: Entry): Promise<JWTVerifyGetKey> | undefined => {
    if (entry.reading === undefined && clock() - entry.triedAt >= COOL_DOWN_MS) {
      entry.triedAt = clock();
      entry.reading = read(url, entry);
    }
    return entry.reading;
  };

  return {
    at: (url) => async (header, token) => {
      const entry = entryOf(url);
      const isFresh = clock() - entry.readAt < LIFETIME_MS;
      const find = (isFresh ? entry.find : undefined) ?? (await readAgain(url, entry));
      if (find === undefined) {
        throw unreadable();
      }
      try {
        return await find(header, token);
      } catch (error) {
        // The application may have begun to sign with another key.
        const renewed =
          error instanceof errors.JWKSNoMatchingKey ? await readAgain(url, entry) : undefined;
        if (renewed === undefined || renewed === find) {
          throw error;
        }
        return await renewed(header, token);
      }
    },
  };
}

function unreadable(): AppError {
  return new AppError('unavailable', "The application's keys could not be read", {
    retryAfterMs: COOL_DOWN_MS,
  });
}
