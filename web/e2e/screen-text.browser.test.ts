import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import {
  inboundOf,
  joinWithSdk,
  outboundOf,
  type SdkWindow,
  waitUntil,
} from './harness/sdk-page.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

/** Alike enough that blurred letters would be taken for one another. */
const WORDS = ['minimum', 'minimal', 'nominal', 'animal', 'manual', 'annual', 'clamour', 'glamour'];
const BOX = { left: 40, top: 60, width: 64, height: 18 } as const;

let server: TestServer;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  server = await startTestServer();
  [ada, budi] = await Promise.all([
    // Fake devices would bring a fake screen along.
    openPerson({ devices: 'none' }),
    openPerson(),
  ]);
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** Writes the words on the page in 12 pixels, and shares the page. */
async function shareWords(page: Page): Promise<void> {
  await page.evaluate(
    ([words, box]) => {
      document.body.style.cssText = 'margin:0;background:#fff;color:#000';
      words.forEach((word, index) => {
        const line = document.createElement('div');
        line.textContent = word;
        line.style.cssText = `position:absolute;left:${box.left}px;top:${box.top + index * box.height}px;width:${box.width}px;height:${box.height}px;font:12px/18px sans-serif`;
        document.body.append(line);
      });
      // A page on which nothing changes is captured once.
      const clock = document.createElement('div');
      clock.style.cssText = 'position:absolute;left:600px;top:400px;font:40px sans-serif';
      document.body.append(clock);
      setInterval(() => {
        clock.textContent = String(Math.round(performance.now()));
      }, 100);
      document.addEventListener(
        'click',
        async () => {
          const wish = { video: true, preferCurrentTab: true } as DisplayMediaStreamOptions;
          const stream = await navigator.mediaDevices.getDisplayMedia(wish);
          const [track] = stream.getVideoTracks();
          if (track === undefined) throw new Error('there is no screen');
          const { room } = globalThis as SdkWindow;
          await room.localParticipant.publishTrack(track, { source: 'screen_share' });
        },
        { once: true },
      );
    },
    [WORDS, BOX] as const,
  );
  await page.mouse.click(700, 200);
}

/** How alike each word of the received frame is to each word of the page: 1 is the same. */
async function compareWords(page: Page, original: string): Promise<number[][]> {
  return await page.evaluate(
    async ([original, count, box]) => {
      const video = document.querySelector<HTMLVideoElement>('video');
      if (video === null) throw new Error('nothing is shown');
      const image = await createImageBitmap(
        new Blob([Uint8Array.from(atob(original), (letter) => letter.charCodeAt(0))]),
      );
      const greyOf = (source: CanvasImageSource) => {
        const canvas = document.createElement('canvas');
        canvas.width = image.width;
        canvas.height = image.height;
        const brush = canvas.getContext('2d');
        if (brush === null) throw new Error('the page cannot draw');
        brush.drawImage(source, 0, 0, image.width, image.height);
        return Array.from({ length: count }, (_, index) => {
          const { left, top, width, height } = box;
          const { data } = brush.getImageData(left, top + index * height, width, height);
          const grey: number[] = [];
          for (let i = 0; i < data.length; i += 4) {
            grey.push(0.3 * (data[i] ?? 0) + 0.6 * (data[i + 1] ?? 0) + 0.1 * (data[i + 2] ?? 0));
          }
          const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
          return grey.map((value) => value - mean);
        });
      };
      const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
      const sent = greyOf(image);
      return greyOf(video).map((received) =>
        sent.map((word) => {
          const size = Math.sqrt(dot(received, received) * dot(word, word));
          return size === 0 ? 0 : dot(received, word) / size;
        }),
      );
    },
    [original, WORDS.length, BOX] as const,
  );
}

test('letters of 12 pixels on a shared page can be read by who receives it', async () => {
  const { roomId } = await createRoom(server, await register(server, 'Host'));
  await joinWithSdk(ada.page, server, roomId, 'Ada');
  await joinWithSdk(budi.page, server, roomId, 'Budi');
  await shareWords(ada.page);
  await waitUntil(
    'the page is received',
    () => inboundOf(budi.page, 'Ada', 'screen_share'),
    ({ framesDecoded }) => framesDecoded > 2,
  );
  const { width = 0, height = 0 } = ada.page.viewportSize() ?? {};
  const png = await ada.page.screenshot({ clip: { x: 0, y: 0, width, height } });
  const original = png.toString('base64');

  // Shown as large as it is, as somebody does who wants to read.
  await budi.page.setViewportSize({ width, height });
  await budi.page.evaluate(() => {
    document.body.style.margin = '0';
    const video = document.querySelector('video');
    if (video !== null) video.style.cssText = 'display:block;width:100vw;height:100vh';
  });
  const likenesses = await waitUntil(
    'every word is as it was written',
    () => compareWords(budi.page, original),
    (words) => words.every((word, index) => (word[index] ?? 0) > 0.98),
  );
  likenesses.forEach((word, index) => {
    expect(word.indexOf(Math.max(...word)), `which word the ${WORDS[index]} is`).toBe(index);
  });
  const [sent] = await outboundOf(ada.page, 'screen_share');
  expect(sent).toMatchObject({ width, height, scalabilityMode: 'L1T3' });
});
