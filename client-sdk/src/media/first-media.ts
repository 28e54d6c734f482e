import type { Receiving } from './media-engine.ts';

const POLL_MS = 100;
/** Over so many looks it is seen how much flows. */
const LOOKS = 5;
/** A new stream drops some pictures after its first one, until it knows its line. */
const ENOUGH = 0.8;
/** What does not flow, because it is muted or out of sight, is waited for no longer. */
const TIMEOUT_MS = 2_500;

/**
 * Waits until a track flows as its former way does, and no longer than 2.5 s. Never rejects.
 *
 * @param former The same on its former way.
 */
export async function firstMedia(
  receiving: Receiving,
  former: Receiving | undefined,
): Promise<void> {
  const { mediaStreamTrack } = receiving;
  const until = performance.now() + TIMEOUT_MS;
  const looks: { readonly now: number; readonly before: number }[] = [];
  while (performance.now() < until && mediaStreamTrack.readyState === 'live') {
    const [now, before] = await Promise.all([count(receiving), former ? count(former) : 0]);
    looks.push({ now, before });
    const first = looks.at(-LOOKS);
    if (first && now - first.now > 0 && now - first.now >= (before - first.before) * ENOUGH) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Pictures that were decoded, or packets of sound. 0 where nobody knows. */
async function count({ mediaStreamTrack, getStats }: Receiving): Promise<number> {
  const counter = mediaStreamTrack.kind === 'video' ? 'framesDecoded' : 'packetsReceived';
  try {
    const inbound = [...(await getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
    return inbound.reduce((sum, stats) => sum + (stats[counter] ?? 0), 0);
  } catch {
    // It is being closed: whoever closes it knows.
    return 0;
  }
}
