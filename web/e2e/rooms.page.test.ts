import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { signIn } from './harness/sign-in.ts';
import {
  type Account,
  createRoom,
  endRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

let server: TestServer;
let ann: Account;
let ben: Account;
let host: Person;
let other: Person;

beforeAll(async () => {
  server = await startTestServer();
  [ann, ben] = await Promise.all([register(server, 'Ann'), register(server, 'Ben')]);
  [host, other] = await Promise.all([openPerson(), openPerson()]);
  await Promise.all([signIn(host.page, server, ann), signIn(other.page, server, ben)]);
});
afterAll(async () => {
  await Promise.all([host?.close(), other?.close()]);
  await server?.close();
});

function item(page: Page, name: string) {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
}

test('a meeting is scheduled, changed, and called off, and who was invited hears of it', async () => {
  const { page } = host;
  await page.getByLabel('Name', { exact: true }).fill('Planning');
  await page.getByLabel('Schedule for later').check();
  await page.getByLabel('Starts').fill('2099-07-01T09:30');
  await page.getByRole('button', { name: 'Schedule room' }).click();
  const planning = item(page, 'Planning');
  await planning.waitFor();
  await page.getByRole('heading', { name: 'Upcoming' }).waitFor();
  const start = planning.locator('time');
  const shown = await start.getAttribute('datetime');
  const meant = await page.evaluate(() => new Date('2099-07-01T09:30').toISOString());
  expect(shown).toBe(meant);

  await planning.getByRole('button', { name: 'Invite to Planning' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('E-mail').fill(ben.email);
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await dialog.getByText('is invited').waitFor();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'rooms-invite');
  await dialog.getByRole('button', { name: 'Done' }).click();

  await planning.getByRole('button', { name: 'Edit Planning' }).click();
  await dialog.getByLabel('Seats').fill('4');
  await dialog.getByLabel('Password').fill('sesame');
  await dialog.getByLabel('Description').fill('Bring the numbers');
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'rooms-edit');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await planning.getByText('4 seats').waitFor();
  await planning.getByText('Password', { exact: true }).waitFor();
  await planning.getByText('Bring the numbers').waitFor();
  expect(await start.getAttribute('datetime')).toBe(meant);

  await planning.getByRole('button', { name: 'Edit Planning' }).click();
  await dialog.getByLabel('Take the password away').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await planning.getByText('Password', { exact: true }).waitFor({ state: 'detached' });

  await createRoom(server, ann, { name: 'Stand-up' });
  await page.reload();
  await item(page, 'Stand-up').waitFor();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'rooms');
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  await takePicture(page, 'rooms-phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  await planning.getByRole('button', { name: 'Cancel Planning' }).click();
  await dialog.getByRole('button', { name: 'Cancel the meeting' }).click();
  await planning.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Past', exact: true }).click();
  await item(page, 'Planning')
    .getByText(/^Cancelled/)
    .waitFor();

  // Invited, and told that it is off: live.
  await other.page.getByRole('button', { name: 'Notifications, 2 unread' }).click();
  const list = other.page.getByRole('region', { name: 'Notifications' });
  await list
    .getByRole('link', { name: /Planning/ })
    .first()
    .click();
  await other.page.locator('[data-code="room_ended"]').waitFor();
});

test('current and past rooms come page by page', async () => {
  for (let room = 1; room <= 22; room += 1) {
    const { roomId } = await createRoom(server, ben, { name: `Room ${room}.` });
    if (room > 20) await endRoom(server, ben, roomId);
  }
  const { page } = other;
  await page.goto(server.url);
  await item(page, 'Room 20.').waitFor();
  expect(await item(page, 'Room 1.').count()).toBe(1);
  expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  await createRoom(server, ben, { name: 'One more' });
  await page.reload();
  await item(page, 'One more').waitFor();
  expect(await item(page, 'Room 1.').count()).toBe(0);
  await page.getByRole('button', { name: 'Show more' }).click();
  await item(page, 'Room 1.').waitFor();

  await page.getByRole('button', { name: 'Past', exact: true }).click();
  await item(page, 'Room 22.').waitFor();
  expect(await page.getByRole('listitem').count()).toBe(2);
});
