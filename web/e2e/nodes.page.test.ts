import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { signIn } from './harness/sign-in.ts';
import {
  type Account,
  createRoom,
  makeAdmin,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

let server: TestServer;
let account: Account;
let link: string;
let operator: Person;
let guest: Person;

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Odo');
  ({ link } = await createRoom(server, account, { name: 'Parents’ evening' }));
  [operator, guest] = await Promise.all([openPerson(), openPerson({ likeness: LIKENESSES.budi })]);
  await joinAsGuest(guest, link, 'Budi');
});
afterAll(async () => {
  await operator?.close();
  await guest?.close();
  await server?.close();
});

/** The one node that there is. */
function node(): Locator {
  return operator.page.getByRole('list', { name: 'Media nodes' }).getByRole('listitem').first();
}

test('who is no administrator is led to no nodes, and shown none', async () => {
  const { page } = operator;
  await signIn(page, server, account);
  expect(await page.getByRole('link', { name: 'Nodes' }).count()).toBe(0);
  await page.goto(`${server.url}/nodes`);
  await page.locator('[data-code="forbidden"]').waitFor();
  expect(await page.getByRole('table').count()).toBe(0);
});

test('an administrator sees the node with its workers, rooms and people', async () => {
  const { page } = operator;
  await makeAdmin(server, account);
  await page.goto(server.url);
  await page.getByRole('link', { name: 'Nodes' }).click();
  await node().getByText('1 person in 1 room').waitFor();
  await node().getByText('2 of 2 workers').waitFor();
  const workers = node().getByRole('table').getByRole('row');
  expect(await workers.count()).toBe(3);
  // The room is on one of the two; its publisher sends.
  await page
    .getByRole('cell', { name: /[kM]bit\/s/ })
    .first()
    .waitFor();

  await node().getByText('1 room', { exact: true }).click();
  await node().getByRole('link', { name: 'Parents’ evening' }).waitFor();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'nodes');
});

test('the page follows what happens without being loaded again', async () => {
  const { page } = guest;
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  await node().getByText('0 people in 0 rooms').waitFor();
  await joinAsGuest(guest, link, 'Budi');
  await node().getByText('1 person in 1 room').waitFor();
});

test('a drained node takes nobody else, and keeps who has no other one to go to, until it is to take people again', async () => {
  const { page } = operator;
  await node().getByRole('button', { name: 'Drain' }).click();
  const dialog = page.getByRole('dialog', { name: 'Drain this node?' });
  await dialog.getByText('moves to other nodes while their meetings go on').waitFor();
  await takePicture(page, 'nodes-drain');
  await dialog.getByRole('button', { name: 'Drain node' }).click();
  await node().getByText('Drained').waitFor();
  await dialog.waitFor({ state: 'detached' });

  const newcomer = await guest.browser.newPage();
  await newcomer.goto(link);
  await newcomer.getByLabel('Your name').fill('Chidi');
  await newcomer.getByRole('button', { name: 'Join', exact: true }).click();
  await newcomer.locator('[data-code="media_unavailable"]').waitFor();
  await node().getByText('1 person in 1 room').waitFor();
  expect(await guest.page.getByRole('button', { name: 'Leave', exact: true }).count()).toBe(1);

  await node().getByRole('button', { name: 'Let people come again' }).click();
  await node().getByText('Drained').waitFor({ state: 'detached' });
  await newcomer.goto(link);
  await newcomer.getByLabel('Your name').fill('Chidi');
  await newcomer.getByRole('button', { name: 'Join', exact: true }).click();
  await node().getByText('2 people in 1 room').waitFor();
  await newcomer.close();
});

test('the page is sound on a phone', async () => {
  const { page } = operator;
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'nodes-phone');
});
