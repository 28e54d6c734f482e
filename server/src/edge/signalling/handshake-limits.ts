import type { Clock } from '../../kernel/clock.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';

const MINUTE_MS = 60_000;

export interface HandshakeLimitsSpec {
  /** Sockets that one network may open in a minute. */
  readonly perMinute: number;
  /** Sockets of one network that may be open before it is known whose they are. */
  readonly atOnce: number;
}

/**
 * Bounds what those may have whom nobody knows yet: each handshake costs the
 * verification of a token, and a socket that says nothing costs memory for seconds.
 * Counts in this process alone, so that a flood costs no store anything.
 */
export interface HandshakeLimits {
  /**
   * Lets a network open one more socket.
   *
   * @returns what to call when it is known whose socket it is, or it is closed
   * (idempotent); undefined where the network has to wait.
   */
  admit(network: string): (() => void) | undefined;
}

interface Entry {
  readonly bucket: TokenBucket;
  underWay: number;
  seenAt: number;
}

export function createHandshakeLimits(
  { perMinute, atOnce }: HandshakeLimitsSpec,
  clock: Clock,
): HandshakeLimits {
  const entries = new Map<string, Entry>();
  let sweptAt = clock();

  /** Forgets whose bucket is full again by now. */
  const sweep = (now: number): void => {
    if (now - sweptAt < MINUTE_MS) {
      return;
    }
    sweptAt = now;
    for (const [network, { underWay, seenAt }] of entries) {
      if (underWay === 0 && now - seenAt >= MINUTE_MS) {
        entries.delete(network);
      }
    }
  };

  return {
    admit(network) {
      const now = clock();
      sweep(now);
      const entry = entries.get(network) ?? {
        bucket: new TokenBucket({ capacity: perMinute, refillPerSecond: perMinute / 60 }, clock),
        underWay: 0,
        seenAt: now,
      };
      entries.set(network, entry);
      entry.seenAt = now;
      if (entry.underWay >= atOnce || entry.bucket.take() > 0) {
        return undefined;
      }
      entry.underWay += 1;
      let isUnderWay = true;
      return () => {
        if (isUnderWay) {
          isUnderWay = false;
          entry.underWay -= 1;
        }
      };
    },
  };
}
