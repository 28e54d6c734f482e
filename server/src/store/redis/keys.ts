/** What one family of Redis keys is, for readers, reviewers and operators. */
export interface KeySpec {
  /** The key, with `{placeholders}`. */
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'set' | 'sorted set' | 'list' | 'stream';
  /** When it goes away by itself. Every key does. */
  readonly lifetime: string;
  /** The folder under `src/` whose code writes it; nobody else does. */
  readonly owner: string;
  readonly purpose: string;
}

/**
 * Every key that Balai writes into Redis. A key that is not in this list does
 * not exist.
 */
export const REDIS_KEYS = {
  rateLimit: {
    pattern: 'rate:{limit}:{subject}',
    type: 'string',
    lifetime: 'the window of the limit',
    owner: 'store/redis/rate-limit.ts',
    purpose: 'Points that a subject (an address, an account) has used of a limit.',
  },
} as const satisfies Record<string, KeySpec>;

/** Prefix under which a limit counts its subjects. */
export function rateLimitPrefix(limit: string): string {
  return `rate:${limit}`;
}
