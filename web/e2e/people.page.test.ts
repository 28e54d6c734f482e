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

test('somebody is found, kept, seen in a meeting, invited and let go; the meeting is remembered', async () => {
  const { roomId, link } = await createRoom(server, ann, { name: 'Stand-up' });
  const { page } = host;
  await page.getByRole('link', { name: 'Contacts' }).click();
  await page.getByText('Nobody yet.').waitFor();
  const search = page.getByLabel('E-mail or name');
  await search.fill('nobody@example.org');
  await search.press('Enter');
  await page.getByText('Nobody here has this address or name.').waitFor();
  await search.fill(ben.email);
  await search.press('Enter');
  await page.getByRole('button', { name: 'Add Ben Test' }).click();
  const contact = page.getByRole('listitem').filter({
    has: page.getByRole('heading', { name: 'Ben Test' }),
  });
  await contact.waitFor();
  await page.getByRole('button', { name: 'Added Ben Test' }).waitFor();
  expect(await contact.getByRole('link').count()).toBe(0);

  await other.page.goto(link);
  await other.page.getByRole('button', { name: 'Join', exact: true }).click();
  await other.page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  await page.reload();
  const place = contact.getByRole('link', { name: 'Stand-up' });
  await place.waitFor();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'contacts');
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  await takePicture(page, 'contacts-phone');
  await page.setViewportSize({ width: 1280, height: 800 });
  await place.click();
  await page.getByRole('button', { name: 'Join', exact: true }).waitFor();
  expect(page.url()).toBe(link);

  await other.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await other.page.getByText('You left the meeting').waitFor();
  const stay = other.page
    .getByRole('list', { name: 'Meetings' })
    .getByRole('listitem')
    .filter({ hasText: 'Stand-up' });
  // That she left is written down after the page has said so.
  await expect
    .poll(async () => {
      await other.page.goto(`${server.url}/meetings`);
      return await stay.locator('.history__duration').innerText();
    })
    .toMatch(/^\d+ (s|min)$/);
  const figure = other.page.locator('.figures__item').filter({ hasText: 'Rooms joined' });
  expect(await figure.locator('dd').innerText()).toBe('1');
  expect(await seriousFaultsOf(other.page)).toEqual([]);
  await takePicture(other.page, 'history');
  await other.page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(other.page)).toBe(0);

  await endRoom(server, ann, roomId);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Past', exact: true }).click();
  await page.getByRole('button', { name: 'Statistics of Stand-up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Statistics of Stand-up' });
  const people = dialog.locator('.figures__item').filter({ hasText: 'People' });
  await people.waitFor();
  expect(await people.locator('dd').innerText()).toBe('1');
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'statistics');
  await dialog.getByRole('button', { name: 'Close' }).click();

  await createRoom(server, ann, { name: 'Retro' });
  await page.getByRole('button', { name: 'Current', exact: true }).click();
  await page.getByRole('button', { name: 'Invite to Retro' }).click();
  await page.getByRole('button', { name: 'Invite Ben Test' }).click();
  await page.getByText('Ben Test is invited.').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await other.page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();

  await page.getByRole('link', { name: 'Contacts' }).click();
  await contact.getByRole('button', { name: 'Remove Ben Test' }).click();
  await page.getByText('Nobody yet.').waitFor();
});

test('who is not signed in is asked to', async () => {
  const { page } = host;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${server.url}/contacts`);
  await page.getByRole('heading', { name: 'Sign in to see this page' }).waitFor();
  await page.getByLabel('E-mail').fill(ann.email);
  await page.getByLabel('Password').fill(ann.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Find people' }).waitFor();
});
