import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { button, hears, joinWithAccount, openPeople, putSetting } from './harness/meeting.ts';
import { LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
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
let budi: Person;
let chidi: Person;
let link: string;
let roomId: string;

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Host');
  [host, budi, chidi] = await Promise.all([
    openPerson(),
    openPerson({ likeness: LIKENESSES.budi }),
    openPerson({ likeness: LIKENESSES.chidi }),
  ]);
});
afterAll(async () => {
  await Promise.all([host?.close(), budi?.close(), chidi?.close()]);
  await server?.close();
});

/** The host is in a room with a lobby. */
beforeEach(async () => {
  await Promise.all([host, budi, chidi].map(({ page }) => page.goto('about:blank')));
  await host.context.clearCookies();
  ({ link, roomId } = await createRoom(server, account));
  await putSetting(server, account, roomId, 'lobby_enabled', true);
  await joinWithAccount(host.page, link, account);
});

/** Asks to come in, and stands in the lobby. */
async function knock({ page }: Person, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await button(page, 'Join').click();
  await page.getByText('You are in the lobby').waitFor();
}

test('who waits is announced, seen with a picture of themselves, and let in', async () => {
  await knock(budi, 'Budi');
  expect(await seriousFaultsOf(budi.page)).toEqual([]);
  await takePicture(budi.page, 'lobby-wait');
  await hears(host.page, 'Budi waits to be let in');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await takePicture(host.page, 'lobby-notice');
  await button(host.page, 'Let in').click();
  await button(budi.page, 'Leave').waitFor();
  await host.page.getByText('waits to be let in').waitFor({ state: 'detached' });
});

test('several are listed, one is turned away, one gives up, and comes back', async () => {
  await Promise.all([knock(budi, 'Budi'), knock(chidi, 'Chidi')]);
  await hears(host.page, '2 people wait to be let in');
  const people = await openPeople(host.page);
  await people.getByRole('heading', { name: 'In the lobby (2)' }).waitFor();
  await takePicture(host.page, 'lobby-list');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await button(people, 'Turn Budi away').click();
  await budi.page.getByRole('heading', { name: 'You were not let in' }).waitFor();
  await button(chidi.page, 'Leave the lobby').click();
  await button(chidi.page, 'Join').waitFor();
  await people.getByRole('heading', { name: /In the lobby/ }).waitFor({ state: 'detached' });
  await button(chidi.page, 'Join').click();
  await button(people, 'Let in Chidi').click();
  await button(chidi.page, 'Leave').waitFor();
});

test('all are let in at once, also on a phone', async () => {
  await Promise.all([knock(budi, 'Budi'), knock(chidi, 'Chidi')]);
  await host.page.setViewportSize({ width: 360, height: 740 });
  await hears(host.page, '2 people wait to be let in');
  expect(await sidewaysScrollOf(host.page)).toBe(0);
  await takePicture(host.page, 'lobby-notice-phone');
  await host.page.getByRole('button', { name: 'Show who waits' }).click();
  await takePicture(host.page, 'lobby-list-phone');
  await button(host.page, 'Let all in').click();
  await Promise.all([budi, chidi].map(({ page }) => button(page, 'Leave').waitFor()));
  await host.page.setViewportSize({ width: 1280, height: 800 });
});

test('the host turns lobby and stage on and off in the meeting', async () => {
  const people = await openPeople(host.page);
  await button(people, 'More for this room').click();
  await host.page.getByRole('menuitem', { name: 'Room settings…' }).click();
  const settings = host.page.getByRole('dialog', { name: 'Room settings' });
  const lobby = settings.getByLabel(/^Lobby/);
  await lobby.waitFor();
  expect(await lobby.isChecked()).toBe(true);
  await takePicture(host.page, 'room-settings');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  const kept = () =>
    host.page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.ok());
  await Promise.all([kept(), lobby.uncheck()]);
  await Promise.all([kept(), settings.getByLabel(/^Stage/).check()]);
  await button(settings, 'Close').click();

  const { page } = budi;
  await page.goto(link);
  await page.getByLabel('Your name').fill('Budi');
  await button(page, 'Join').click();
  await button(page, 'Raise hand').waitFor();
  expect(await button(page, 'Mute microphone').count()).toBe(0);
  expect(await page.getByRole('alert').getByText(/./).count()).toBe(0);
  await people.getByText('Listener', { exact: true }).waitFor();
});
