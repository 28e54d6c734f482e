import { afterAll, beforeAll, expect, test } from 'vitest';
import { obstacleOf, seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { signIn } from './harness/sign-in.ts';
import {
  type Account,
  createRoom,
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
});
afterAll(async () => {
  await Promise.all([host?.close(), other?.close()]);
  await server?.close();
});

test('an invitation arrives live, in every window, leads to the room, and is read then', async () => {
  const { roomId } = await createRoom(server, ann, { name: 'Weekly review' });
  await signIn(other.page, server, ben);
  const second = await other.context.newPage();
  await second.goto(server.url);
  for (const page of [other.page, second]) {
    await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  }
  await signIn(host.page, server, ann);
  await host.page.getByRole('button', { name: 'Invite to Weekly review' }).click();
  const dialog = host.page.getByRole('dialog', { name: 'Invite to Weekly review' });
  await dialog.getByLabel('E-mail').fill(ben.email);
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await dialog.getByText(`${ben.email} is invited.`).waitFor();

  // Nothing was loaded again.
  for (const page of [other.page, second]) {
    await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor({ timeout: 5_000 });
  }
  const { page } = other;
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).click();
  const list = page.getByRole('region', { name: 'Notifications' });
  const item = list.getByRole('link', { name: /Unread: Invitation: Weekly review.*Ann Test/ });
  await item.waitFor();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'notifications');

  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  expect(await obstacleOf(list.getByRole('button', { name: /^Remove/ }))).toBeNull();
  await takePicture(page, 'notifications-phone');
  await page.setViewportSize({ width: 1280, height: 800 });

  await item.click();
  await page.getByRole('button', { name: 'Join', exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/r/${roomId}`);
  await second.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  await second.close();
});

test('all are read at once, one is removed, and Escape closes the list', async () => {
  const rooms = ['First', 'Second', 'Third'];
  await signInAgain();
  for (const name of rooms) {
    const { roomId } = await createRoom(server, ann, { name });
    await invite(roomId);
  }
  const { page } = other;
  await page.getByRole('button', { name: 'Notifications, 3 unread' }).click();
  const list = page.getByRole('region', { name: 'Notifications' });
  await list.getByRole('link', { name: /Unread: Invitation: First/ }).waitFor();
  await list.getByRole('button', { name: 'Mark as read: Invitation: Second' }).click();
  await list.getByRole('link', { name: /^Invitation: Second/ }).waitFor();
  await page.getByRole('button', { name: 'Notifications, 2 unread' }).waitFor();
  await list.getByRole('button', { name: 'Remove: Invitation: Third' }).click();
  await list.getByText('Invitation: Third').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  await list.getByRole('button', { name: 'Mark all as read' }).click();
  await list.getByRole('link', { name: /^Invitation: First/ }).waitFor();
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  const bell = page.getByRole('button', { name: 'Notifications', exact: true });
  await expect
    .poll(() => bell.evaluate((element) => element === document.activeElement))
    .toBe(true);
  await page.reload();
  await bell.waitFor();
});

async function signInAgain(): Promise<void> {
  await other.page.goto(server.url);
  await other.page.getByRole('heading', { name: 'Your rooms' }).waitFor();
  await other.page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
}

async function invite(roomId: string): Promise<void> {
  const answer = await fetch(`${server.url}/v1/rooms/${roomId}/invitations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ann.accessToken}` },
    body: JSON.stringify({ email: ben.email }),
  });
  expect(answer.status).toBe(204);
}
