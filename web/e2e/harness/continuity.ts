import type { Locator, Page } from 'playwright-core';

interface FrameFacts {
  readonly presentedFrames: number;
  readonly receiveTime?: number;
  /** In 1/90,000 s. */
  readonly rtpTimestamp?: number;
}

interface Arrival {
  readonly at: number;
  readonly frames: number;
  /** When it was captured, on the sender's clock. */
  readonly capturedAt: number;
}

/** Of the fake camera. */
const FRAME_MS = 1_000 / 12;

type WatchedWindow = typeof globalThis & {
  arrivals?: Arrival[];
  losses?: { readonly at: number; readonly lost: string | null }[];
  /** How many of them were waited for, with those before. */
  lossesSeen?: number;
};

/** Notes from now on when the frames of a tile arrive from the network. */
export async function watchArrivals(tile: Locator): Promise<void> {
  await tile.locator('video').evaluate((element) => {
    const video = element as HTMLVideoElement;
    const arrivals: Arrival[] = [];
    (globalThis as WatchedWindow).arrivals = arrivals;
    const onFrame = (_now: number, facts: FrameFacts) => {
      const { presentedFrames: frames, receiveTime: at, rtpTimestamp } = facts;
      if (at !== undefined && rtpTimestamp !== undefined) {
        arrivals.push({ at, frames, capturedAt: rtpTimestamp / 90 });
      }
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  });
}

/**
 * The longest time without a new frame since `watchArrivals`, in milliseconds. Frames
 * that were shown while the page was too busy to notice count as shown evenly, and what
 * the sender's camera was late with on a busy machine does not count: that frames come at
 * all is for `waitForFrames` to show.
 */
export async function longestPause(page: Page): Promise<number> {
  const arrivals = await page.evaluate(() => (globalThis as WatchedWindow).arrivals ?? []);
  if (arrivals.length < 10) throw new Error(`only ${arrivals.length} frames were noticed`);
  const pauses = arrivals.slice(1).map((arrival, index) => {
    const before = arrivals[index] ?? arrival;
    const frames = Math.max(1, arrival.frames - before.frames);
    const late = (arrival.capturedAt - before.capturedAt) / frames - FRAME_MS;
    return (arrival.at - before.at) / frames - Math.max(0, late);
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

/**
 * Waits until the page says this of its connection, or has said it since what was waited for before:
 * a socket may be replaced sooner than anybody looks. That all is well counts while it is so.
 */
export async function waitForLoss(page: Page, lost: 'signal' | 'everything' | null): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const scope = globalThis as WatchedWindow;
      const { losses = [], lossesSeen = 0 } = scope;
      const index = losses.findIndex(({ lost }, at) => at >= lossesSeen && lost === wanted);
      if (index < 0 || (wanted === null && losses.at(-1)?.lost !== null)) return false;
      scope.lossesSeen = wanted === null ? losses.length : index + 1;
      return true;
    },
    lost,
    { timeout: 30_000, polling: 20 },
  );
}
