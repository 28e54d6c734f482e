import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { button, joinWithAccount } from './harness/meeting.ts';
import { joinAsGuest, openPerson, type Person } from './harness/person.ts';
import { identityOf, TOLD_WITHIN_MS, tileOf } from './harness/seeing.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

let server: TestServer;
let account: Account;
let host: Person;
let guest: Person;
let link: string;

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Host');
  [host, guest] = await Promise.all([openPerson(), openPerson()]);
});
afterAll(async () => {
  await Promise.all([host?.close(), guest?.close()]);
  await server?.close();
});

/** The host signs in where the guests give their names; both are in the meeting then. */
beforeEach(async () => {
  ({ link } = await createRoom(server, account));
  await joinWithAccount(host.page, link, account);
  await joinAsGuest(guest, link, 'Guest');
});
afterEach(async () => {
  await Promise.all([host, guest].map(({ page }) => page.goto('about:blank')));
  await host.context.clearCookies();
});

test('the host ends the meeting for everybody, for good', async () => {
  await button(host.page, 'Leave').click();
  await button(host.page, 'End for all').click();
  for (const { page } of [host, guest]) {
    await page.locator('[data-code="room_closed"]').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('The meeting has ended');
    expect(await button(page, 'Rejoin').count()).toBe(0);
  }
  for (const { page } of [host, guest]) {
    await page.goto(link);
    await page.locator('[data-code="room_ended"]').waitFor();
  }
});

test('the host leaves alone, and the meeting goes on', async () => {
  const identity = await identityOf(host.page);
  await button(host.page, 'Leave').click();
  await button(host.page, 'Leave meeting').click();
  await host.page.getByText('You left the meeting').waitFor();
  await tileOf(guest.page, identity).waitFor({ state: 'detached', timeout: TOLD_WITHIN_MS });
  await button(host.page, 'Rejoin').click();
  await button(host.page, 'Join').click();
  await tileOf(guest.page, identity).waitFor();
});

test('the host who thinks better of it stays', async () => {
  await button(host.page, 'Leave').click();
  await button(host.page, 'Stay').click();
  await host.page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await button(host.page, 'Leave').evaluate((el) => el === document.activeElement)).toBe(
    true,
  );
  await tileOf(guest.page, await identityOf(host.page)).waitFor();
});

test('only the host can end the meeting', async () => {
  await button(guest.page, 'Participants').click();
  const people = guest.page.getByRole('list', { name: '2 in the meeting' });
  await people.getByText('Host', { exact: true }).waitFor();
  await button(guest.page, 'Leave').click();
  // No question comes between: there is nothing to choose.
  await guest.page.getByText('You left the meeting').waitFor();
});
