import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { button, joinWithAccount } from './harness/meeting.ts';
import { joinAsGuest, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

const MAX_BYTES = 200_000;

let server: TestServer;
let account: Account;
let host: Person;
let guest: Person;

beforeAll(async () => {
  server = await startTestServer({ BALAI_FILE_MAX_BYTES: String(MAX_BYTES) });
  account = await register(server, 'Host');
  [host, guest] = await Promise.all([
    openPerson({ context: { acceptDownloads: true } }),
    openPerson({ context: { acceptDownloads: true } }),
  ]);
});
afterAll(async () => {
  await Promise.all([host?.close(), guest?.close()]);
  await server?.close();
});

/** Both are in the meeting, with the chat open. */
beforeEach(async () => {
  const { link } = await createRoom(server, account);
  await joinWithAccount(host.page, link, account);
  await joinAsGuest(guest, link, 'Guest');
  for (const { page } of [host, guest]) {
    await page.getByRole('button', { name: 'Chat', exact: true }).click();
    await page.getByRole('log', { name: 'Messages' }).waitFor();
  }
});
afterEach(async () => {
  await Promise.all([host, guest].map(({ page }) => page.goto('about:blank')));
  await host.context.clearCookies();
});

function log(page: Page) {
  return page.getByRole('log', { name: 'Messages' });
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill(text);
  await button(page, 'Send').click();
  await log(page).getByText(text).waitFor();
}

/** Chooses files as if in the dialog of the browser. */
async function attach(page: Page, file: { name: string; mimeType: string; buffer: Buffer }) {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    button(page, 'Attach files').click(),
  ]);
  await chooser.setFiles(file);
}

/** A picture of a colour that nothing else on the page has. */
async function drawPicture(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('nothing to draw on');
    context.fillStyle = 'rebeccapurple';
    context.fillRect(0, 0, 320, 180);
    context.fillStyle = 'gold';
    context.arc(160, 90, 60, 0, 7);
    context.fill();
    return canvas.toDataURL('image/png').split(',')[1] ?? '';
  });
  return Buffer.from(base64, 'base64');
}

test('a file that one sends, the other saves, byte by byte the same', async () => {
  const buffer = Buffer.from(Array.from({ length: 150_000 }, (_, index) => (index * 7919) % 251));
  const name = 'Minutes & notes, final.zip';
  await attach(guest.page, { name, mimeType: 'application/zip', buffer });
  const save = log(host.page).getByRole('button', { name: `Download ${name} 150 kB` });
  await save.waitFor();
  const [download] = await Promise.all([host.page.waitForEvent('download'), save.click()]);
  expect(download.suggestedFilename()).toMatch(/^Minutes . notes, final\.zip$/);
  expect(buffer.equals(await readFile(await download.path()))).toBe(true);
});

test('a picture is shown to both, and to the sender by name', async () => {
  await say(host.page, 'How does the new logo look?');
  await attach(guest.page, {
    name: 'logo.png',
    mimeType: 'image/png',
    buffer: await drawPicture(guest.page),
  });
  for (const { page } of [host, guest]) {
    const picture = log(page).getByRole('img', { name: 'logo.png' });
    await picture.waitFor();
    // Its place may be there before it has come.
    const width = picture.evaluate(async (image) => {
      await (image as HTMLImageElement).decode();
      return (image as HTMLImageElement).naturalWidth;
    });
    expect(await width).toBe(320);
    expect(await seriousFaultsOf(page)).toEqual([]);
  }
  await say(host.page, 'I like it: see https://example.org/logos');
  await takePicture(host.page, 'chat-file');
  await guest.page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(guest.page)).toBe(0);
  await takePicture(guest.page, 'chat-file-phone');
  await guest.page.setViewportSize({ width: 1280, height: 800 });
});

test.each([
  {
    name: 'large.zip',
    mimeType: 'application/zip',
    bytes: MAX_BYTES + 1,
    words: /“large\.zip” was not sent\. It has 200 kB, which is more than this server takes/,
  },
  {
    name: 'run.sh',
    mimeType: 'application/x-sh',
    bytes: 10,
    words: /“run\.sh” was not sent\. It is of the type application\/x-sh/,
  },
])('$name is not sent, and the page says why', async ({ name, mimeType, bytes, words }) => {
  await attach(guest.page, { name, mimeType, buffer: Buffer.alloc(bytes, 1) });
  await guest.page.getByRole('alert').getByText(words).waitFor();
  await guest.page.getByText(/^Sending/).waitFor({ state: 'detached' });
  await say(guest.page, 'Sorry');
  await log(host.page).getByText('Sorry').waitFor();
  expect(await log(host.page).getByText(name).count()).toBe(0);
});

test('the other one sees what was edited, and that it was', async () => {
  await say(guest.page, 'See you at ten');
  await log(guest.page).getByText('See you at ten').hover();
  await button(guest.page, 'Edit message').click();
  const field = guest.page.getByRole('textbox', { name: 'Edited message' });
  expect(await field.inputValue()).toBe('See you at ten');
  // Escape leaves the message as it is, and the panel open.
  await field.press('Escape');
  await field.waitFor({ state: 'detached' });
  await button(guest.page, 'Edit message').click();
  await field.fill('See you at eleven');
  await field.press('Enter');
  await log(host.page).getByText('See you at eleven').waitFor();
  const article = log(host.page).getByRole('article').filter({ hasText: 'eleven' });
  await article.getByText('edited', { exact: true }).waitFor();
  expect(await log(host.page).getByText('See you at ten').count()).toBe(0);
  // Nobody else can change it; the host can take it away.
  expect(await button(host.page, 'Edit message').count()).toBe(0);
});

test('what one deletes is gone for the other; the host deletes for anybody, the guest does not', async () => {
  await say(guest.page, 'A secret');
  await say(guest.page, 'Nonsense');
  await say(host.page, 'Order, please');
  expect(await button(guest.page, 'Delete message of Host Test').count()).toBe(0);

  const own = log(guest.page).getByRole('article').filter({ hasText: 'A secret' });
  await own.hover();
  await own.getByRole('button', { name: 'Delete message', exact: true }).click();
  const dialog = guest.page.getByRole('dialog', { name: 'Delete this message?' });
  await dialog.waitFor();
  // Escape closes the dialog alone, and nothing was deleted.
  await guest.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await log(guest.page).getByText('A secret').waitFor();
  await own.hover();
  await own.getByRole('button', { name: 'Delete message', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await log(host.page).getByText('A secret').waitFor({ state: 'detached' });

  const other = log(host.page).getByRole('article').filter({ hasText: 'Nonsense' });
  await other.hover();
  await other.getByRole('button', { name: 'Delete message of Guest' }).click();
  await host.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await log(guest.page).getByText('Nonsense').waitFor({ state: 'detached' });
  for (const { page } of [host, guest]) {
    await expect.poll(() => log(page).getByText('This message was deleted.').count()).toBe(2);
    await log(page).getByText('Order, please').waitFor();
  }
});
