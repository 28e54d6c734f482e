import type { Locator, Page } from 'playwright-core';

export type Source = 'camera' | 'screen_share';

/**
 * What the server tells at once is on a page within this, be the machine busy. What it does not tell
 * a page learns later: a socket that says nothing any more is found out after 3.5 s.
 */
export const TOLD_WITHIN_MS = 3_000;

/** A browser that probes its line anew takes half a minute to the largest picture. */
const PATIENCE_MS = 60_000;

/** What a picture shows. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Of the upper left corner, in degrees of the colour wheel. */
  readonly cornerHue: number;
  /** How far the brightness of the pixels spreads (standard deviation, 0 to 255). */
  readonly contrast: number;
}

/** A person's tile. */
export function tileOf(page: Page, identity: string, source: Source = 'camera'): Locator {
  return page.locator(`[data-testid="tile"][data-identity="${identity}"][data-source="${source}"]`);
}

/** Identity of whoever's tile is marked as this page's own. */
export async function identityOf(page: Page): Promise<string> {
  const own = page.locator('[data-testid="tile"][data-local][data-source="camera"]');
  const identity = await own.getAttribute('data-identity');
  if (identity === null) throw new Error('the page has no tile of its own');
  return identity;
}

/** Waits until a tile has decoded this many frames more than it has now. */
export async function waitForFrames(tile: Locator, frames: number): Promise<void> {
  const video = tile.locator('video');
  do await video.waitFor({ timeout: PATIENCE_MS });
  while (!(await video.evaluate(decodes, { more: frames, patienceMs: PATIENCE_MS })));
}

/** To run in a page. @returns false where another element took the place of this one meanwhile. */
function decodes(
  element: Element,
  { more, patienceMs }: { readonly more: number; readonly patienceMs: number },
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const player = element as HTMLVideoElement;
    const decoded = () => player.getVideoPlaybackQuality().totalVideoFrames;
    let first = decoded();
    const settle = (isDone: boolean) => {
      clearTimeout(deadline);
      clearInterval(poll);
      resolve(isDone);
    };
    const deadline = setTimeout(() => {
      clearInterval(poll);
      reject(new Error(`${decoded() - first} of ${more} frames came in ${patienceMs} ms`));
    }, patienceMs);
    const poll = setInterval(() => {
      // A stream in the place of another one is counted anew.
      first = Math.min(first, decoded());
      if (!player.isConnected) settle(false);
      else if (decoded() - first >= more) settle(true);
    }, 50);
  });
}

/** Waits until the picture of a tile has this size, in pixels. */
export async function waitForSize(tile: Locator, width: number, height: number): Promise<void> {
  await tile.locator('video').evaluate(
    (element, { wanted, patienceMs }) =>
      new Promise<void>((resolve, reject) => {
        const video = element as HTMLVideoElement;
        const size = () => `${video.videoWidth}x${video.videoHeight}`;
        const check = () => {
          if (size() !== wanted) return;
          clearTimeout(deadline);
          resolve();
        };
        const deadline = setTimeout(
          () => reject(new Error(`the picture is still ${size()} instead of ${wanted}`)),
          patienceMs,
        );
        video.addEventListener('resize', check);
        check();
      }),
    { wanted: `${width}x${height}`, patienceMs: PATIENCE_MS },
  );
}

/** Looks at the frame that a tile shows now. */
export async function look(tile: Locator): Promise<Picture> {
  return await tile.locator('video').evaluate(pictureOf);
}

/** To run in a page: looks at the frame that a video shows now. */
export function pictureOf(element: Element): Picture {
  const video = element as HTMLVideoElement;
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 36;
  const brush = canvas.getContext('2d');
  if (brush === null) throw new Error('the page cannot draw');
  brush.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data } = brush.getImageData(0, 0, canvas.width, canvas.height);
  const grey: number[] = [];
  for (let i = 0; i < data.length; i += 4) {
    grey.push(0.3 * (data[i] ?? 0) + 0.6 * (data[i + 1] ?? 0) + 0.1 * (data[i + 2] ?? 0));
  }
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  const variance = grey.reduce((sum, x) => sum + (x - mean) ** 2, 0) / grey.length;
  const corner = 4 * (2 * canvas.width + 2);
  const [red = 0, green = 0, blue = 0] = data.slice(corner, corner + 3);
  const top = Math.max(red, green, blue);
  const spread = top - Math.min(red, green, blue) || 1;
  const sector =
    top === red
      ? ((green - blue) / spread + 6) % 6
      : top === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    cornerHue: sector * 60,
    contrast: Math.sqrt(variance),
  };
}

/** Degrees between two hues, the short way round. */
export function hueDistance(a: number, b: number): number {
  const distance = Math.abs(a - b) % 360;
  return Math.min(distance, 360 - distance);
}
