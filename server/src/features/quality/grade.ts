import type { ConnectionQuality } from '@balai/protocol';
import type { LineMeasurement, LineSample } from '../../media/media-plane.ts';

/** What a line has to keep, each way, to be called so. */
interface Bounds {
  readonly minScore: number;
  readonly maxLoss: number;
  readonly maxJitterMs: number;
  readonly maxRoundTripMs: number;
}

/** Losses that nobody notices, and delays below which people do not interrupt one another (ITU-T G.114). */
const EXCELLENT: Bounds = { minScore: 9, maxLoss: 0.02, maxJitterMs: 30, maxRoundTripMs: 200 };
/** Losses that codecs conceal, and delays that people put up with. */
const GOOD: Bounds = { minScore: 6, maxLoss: 0.08, maxJitterMs: 80, maxRoundTripMs: 400 };

/** From the worst to the best. */
const ORDER: readonly ConnectionQuality[] = ['lost', 'poor', 'good', 'excellent'];

/**
 * What a measurement amounts to: the worse direction decides, and in it the worst
 * of score, loss, jitter and round trip. What is not known does not count.
 */
export function gradeOf({ isReachable, send, receive }: LineMeasurement): ConnectionQuality {
  // Something is on, and nothing of it comes.
  if (!isReachable || send?.score === 0) return 'lost';
  const samples = [send, receive].filter((sample) => sample !== null);
  if (samples.every((sample) => isWithin(sample, EXCELLENT))) return 'excellent';
  return samples.every((sample) => isWithin(sample, GOOD)) ? 'good' : 'poor';
}

/** Above 0 where the first is the better one. */
export function compare(one: ConnectionQuality, other: ConnectionQuality): number {
  return ORDER.indexOf(one) - ORDER.indexOf(other);
}

function isWithin({ score, loss, jitterMs, roundTripMs }: LineSample, bounds: Bounds): boolean {
  return (
    score >= bounds.minScore &&
    (loss ?? 0) <= bounds.maxLoss &&
    (jitterMs ?? 0) <= bounds.maxJitterMs &&
    (roundTripMs ?? 0) <= bounds.maxRoundTripMs
  );
}
