/** A worker that lived this long died of something new. */
const LONG_LIFE_MS = 60_000;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;

/** How many times in a row a worker was lost soon after its start, this time included. */
export function countShortLives(before: number, lifetimeMs: number): number {
  return lifetimeMs >= LONG_LIFE_MS ? 0 : before + 1;
}

/**
 * Milliseconds to wait before a dead worker is replaced. Nothing after a death
 * that stands alone; then twice as long each time, up to half a minute, so that a
 * worker that cannot live does not eat the machine.
 */
export function restartDelayMs(shortLives: number): number {
  if (shortLives <= 1) return 0;
  return Math.min(FIRST_DELAY_MS * 2 ** (shortLives - 2), MAX_DELAY_MS);
}
