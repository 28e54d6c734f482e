import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, tabTo } from './harness/accessibility.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { waitUntil } from './harness/sdk-page.ts';
import { identityOf, type Source, tileOf, waitForFrames } from './harness/seeing.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
let ada: Person;
/** Two people at one browser. */
let others: Person;
let budi: Page;
let cici: Page;
/** What Ada's page asked the server for, in order. */
const priorities: number[] = [];

beforeAll(async () => {
  server = await startTestServer();
  const { link } = await createRoom(server, await register(server, 'Host'));
  [ada, others] = await Promise.all([openPerson(), openPerson({ likeness: LIKENESSES.budi })]);
  ada.page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const asked = String(payload).matchAll(/"priority":(\d+)/g);
      priorities.push(...[...asked].map(([, priority]) => Number(priority)));
    }),
  );
  budi = others.page;
  cici = await others.context.newPage();
  await joinAsGuest(ada, link, 'Ada');
  await joinAsGuest(others, link, 'Budi');
  await joinAsGuest({ ...others, page: cici }, link, 'Cici');
});
afterAll(async () => {
  await Promise.all([ada?.close(), others?.close()]);
  await server?.close();
});

const pinOf = (name: string) => ada.page.getByRole('button', { name: `Pin ${name}`, exact: true });

async function adasTileOf(page: Page, source?: Source): Promise<Locator> {
  return tileOf(ada.page, await identityOf(page), source);
}

async function widthOf(tile: Locator): Promise<number> {
  return (await tile.boundingBox())?.width ?? 0;
}

/** Waits until these are the last that Ada's page asked for, in whatever order, as they go together. */
async function waitForPriorities(...expected: number[]): Promise<void> {
  await waitUntil(
    `the server is asked for ${expected}`,
    async () => priorities.slice(-expected.length).toSorted((a, b) => a - b),
    (asked) => asked.toString() === expected.toString(),
  );
}

test('a picture is pinned with the keyboard: it is large, and comes before all others', async () => {
  const [budis, cicis] = [await adasTileOf(budi), await adasTileOf(cici)];
  await Promise.all([waitForFrames(budis, 3), waitForFrames(cicis, 3)]);
  expect(await widthOf(budis)).toBe(await widthOf(cicis));
  const pin = pinOf('Budi');
  expect(await pin.getAttribute('aria-pressed')).toBe('false');

  await tabTo(ada.page, pin);
  await ada.page.keyboard.press('Enter');
  await waitForPriorities(255);
  await waitForFrames(budis, 3);
  expect(await widthOf(budis)).toBeGreaterThan(3 * (await widthOf(cicis)));
  expect(await pin.getAttribute('aria-pressed')).toBe('true');
  expect(await seriousFaultsOf(ada.page)).toEqual([]);

  // Where the picture went, the focus went.
  await expect.poll(() => pin.evaluate((button) => button === document.activeElement)).toBe(true);
  await ada.page.keyboard.press('Enter');
  await waitForPriorities(1);
  expect(await pin.getAttribute('aria-pressed')).toBe('false');
  expect(await widthOf(budis)).toBe(await widthOf(cicis));
});

test('a shared screen is on stage, before all others, unless something is pinned', async () => {
  // What is captured has to be in front.
  await budi.bringToFront();
  await budi.getByRole('button', { name: 'Share screen' }).click();
  const [screen, cicis] = [await adasTileOf(budi, 'screen_share'), await adasTileOf(cici)];
  await screen.locator('video').waitFor();
  await waitForPriorities(100);
  expect(await widthOf(screen)).toBeGreaterThan(3 * (await widthOf(cicis)));

  await cicis.hover();
  await pinOf('Cici').click();
  await waitForPriorities(1, 255);
  expect(await widthOf(cicis)).toBeGreaterThan(3 * (await widthOf(screen)));

  await pinOf('Cici').click();
  await waitForPriorities(1, 100);
  expect(await widthOf(screen)).toBeGreaterThan(3 * (await widthOf(cicis)));
});
