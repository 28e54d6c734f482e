import type { types } from 'mediasoup';
import type { LineSample } from '../media-plane.ts';

type StreamStats = types.RtpStreamRecvStats | types.RtpStreamSendStats;

/** mediasoup says which part of 256 packets was lost. */
const LOSS_DENOMINATOR = 256;

/**
 * What the statistics of one track say of the line it goes over.
 *
 * @param score Of the whole direction.
 * @param clockRate In Hz; jitter is counted in its ticks.
 */
export function toSample(
  score: number,
  streams: readonly StreamStats[],
  clockRate: number,
): LineSample {
  const living = streams.filter((stream) => stream.score > 0);
  const worst = (values: readonly number[]) => (values.length > 0 ? Math.max(...values) : null);
  // Pictures are sent in bursts, so that their jitter says nothing of the line.
  const steady = living.filter(({ kind }) => kind === 'audio');
  return {
    score,
    loss: worst(living.map(({ fractionLost }) => fractionLost / LOSS_DENOMINATOR)),
    jitterMs: worst(steady.map(({ jitter }) => (jitter * 1_000) / clockRate)),
    // 0 stands for a round trip that nobody reported yet.
    roundTripMs: worst(
      living.flatMap(({ roundTripTime }) => (roundTripTime ? [roundTripTime] : [])),
    ),
  };
}
