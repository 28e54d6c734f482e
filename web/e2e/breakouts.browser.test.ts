import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { button, hears, joinWithAccount, openPeople } from './harness/meeting.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
let host: Person;
let budi: Person;
let chidi: Person;

beforeAll(async () => {
  server = await startTestServer();
  const account = await register(server, 'Host');
  [host, budi, chidi] = await Promise.all([
    openPerson(),
    openPerson({ likeness: LIKENESSES.budi }),
    openPerson({ likeness: LIKENESSES.chidi }),
  ]);
  const { link } = await createRoom(server, account);
  await joinWithAccount(host.page, link, account);
  await joinAsGuest(budi, link, 'Budi');
  await joinAsGuest(chidi, link, 'Chidi');
});
afterAll(async () => {
  await Promise.all([host?.close(), budi?.close(), chidi?.close()]);
  await server?.close();
});

async function openDialog() {
  const people = await openPeople(host.page);
  await button(people, 'More for this room').click();
  await host.page.getByRole('menuitem', { name: 'Breakout rooms…' }).click();
  return host.page.getByRole('dialog', { name: 'Breakout rooms' });
}

function banner({ page }: Person) {
  return page.getByRole('region', { name: 'Breakout room' });
}

/** Waits until the others whose pictures somebody sees are these. */
async function sees({ page }: Person, ...names: string[]): Promise<void> {
  await expect
    .poll(async () => {
      const tiles = page.locator('[data-testid="tile"]:not([data-local]) .tile__name');
      return (await tiles.allInnerTexts()).toSorted();
    })
    .toEqual(names);
}

test('people are sent to rooms of their choice, and see only each other there', async () => {
  const dialog = await openDialog();
  await dialog.getByLabel('Room of Chidi').selectOption('Main room');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await takePicture(host.page, 'breakouts-new');
  await button(dialog, 'Open the rooms').click();
  await hears(budi.page, 'You were sent to the breakout room “Group 1”');
  await banner(budi).getByText('Group 1').waitFor();
  await sees(budi);
  await sees(host, 'Chidi');
  await takePicture(budi.page, 'breakouts-banner');
  expect(await seriousFaultsOf(budi.page)).toEqual([]);

  await dialog.getByLabel('Room of Chidi').selectOption('Group 1');
  await banner(chidi).getByText('Group 1').waitFor();
  await sees(budi, 'Chidi');
  await sees(host);
  await takePicture(host.page, 'breakouts-running');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
});

test('the leader speaks to all rooms, and people come back by themselves or are called', async () => {
  const dialog = host.page.getByRole('dialog', { name: 'Breakout rooms' });
  await dialog.getByLabel('Message to all rooms').fill('Two more minutes');
  await button(dialog, 'Send').click();
  for (const { page } of [budi, chidi]) await hears(page, 'Host Test: Two more minutes');

  await budi.page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(budi.page)).toBe(0);
  await takePicture(budi.page, 'breakouts-banner-phone');
  await button(banner(budi), 'Back to the main room').click();
  await banner(budi).waitFor({ state: 'detached' });
  await sees(host, 'Budi');

  await button(dialog, 'Call everybody back').click();
  await hears(chidi.page, 'You are back in “Stand-up”');
  await banner(chidi).waitFor({ state: 'detached' });
  await sees(host, 'Budi', 'Chidi');
  await sees(chidi, 'Budi', 'Host Test');
});
