import type { Locator, Page } from 'playwright-core';

interface FrameFacts {
  readonly presentedFrames: number;
  readonly receiveTime?: number;
}

type WatchedWindow = typeof globalThis & {
  arrivals?: { readonly at: number; readonly frames: number }[];
  losses?: { readonly at: number; readonly lost: string | null }[];
};

/** Notes from now on when the frames of a tile arrive from the network. */
export async function watchArrivals(tile: Locator): Promise<void> {
  await tile.locator('video').evaluate((element) => {
    const video = element as HTMLVideoElement;
    const arrivals: { at: number; frames: number }[] = [];
    (globalThis as WatchedWindow).arrivals = arrivals;
    const onFrame = (_now: number, { presentedFrames, receiveTime }: FrameFacts) => {
      if (receiveTime !== undefined) arrivals.push({ at: receiveTime, frames: presentedFrames });
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  });
}

/**
 * The longest time without a new frame since `watchArrivals`, in milliseconds. Frames
 * that were shown while the page was too busy to notice count as shown evenly.
 */
export async function longestPause(page: Page): Promise<number> {
  const arrivals = await page.evaluate(() => (globalThis as WatchedWindow).arrivals ?? []);
  if (arrivals.length < 10) throw new Error(`only ${arrivals.length} frames were noticed`);
  const pauses = arrivals.slice(1).map(({ at, frames }, index) => {
    const before = arrivals[index] ?? { at, frames };
    return (at - before.at) / Math.max(1, frames - before.frames);
  });
  return Math.max(...pauses);
}

/** Notes from now on what the page says of its connection. */
export async function watchConnection(page: Page): Promise<void> {
  await page.locator('.meeting__lost').evaluate((element) => {
    const losses: { at: number; lost: string | null }[] = [];
    (globalThis as WatchedWindow).losses = losses;
    new MutationObserver(() => {
      losses.push({ at: Date.now(), lost: element.getAttribute('data-lost') });
    }).observe(element, { attributes: true, attributeFilter: ['data-lost'] });
  });
}

/** What the page said since `watchConnection`; null for all is well. */
export async function lossesOf(
  page: Page,
): Promise<readonly { readonly at: number; readonly lost: string | null }[]> {
  return await page.evaluate(() => (globalThis as WatchedWindow).losses ?? []);
}

/** Waits until the page has said this of its connection, as often as it takes. */
export async function waitForLoss(page: Page, lost: 'signal' | 'everything' | null): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const { losses = [] } = globalThis as WatchedWindow;
      return losses.at(-1)?.lost === wanted;
    },
    lost,
    { timeout: 30_000, polling: 20 },
  );
}
