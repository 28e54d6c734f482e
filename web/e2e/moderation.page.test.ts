import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { obstacleOf, seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { actOn, actsOn, button, hears, joinWithAccount, openPeople } from './harness/meeting.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
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
let guest: Person;
let link: string;

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Host');
  [host, guest] = await Promise.all([openPerson(), openPerson({ likeness: LIKENESSES.budi })]);
});
afterAll(async () => {
  await Promise.all([host?.close(), guest?.close()]);
  await server?.close();
});

/** The host and Budi are in a meeting, with camera and microphone on. */
beforeEach(async () => {
  await Promise.all([host, guest].map(({ page }) => page.goto('about:blank')));
  await host.context.clearCookies();
  ({ link } = await createRoom(server, account));
  await Promise.all([joinWithAccount(host.page, link, account), joinAsGuest(guest, link, 'Budi')]);
  await button(guest.page, 'Mute microphone').waitFor();
  await button(guest.page, 'Turn camera off').waitFor();
});

test('who leads mutes, asks to unmute, and stops a camera and a share; the other is told and decides', async () => {
  await actOn(host.page, 'Budi', 'Mute');
  await hears(guest.page, 'Host Test muted your microphone');
  await button(guest.page, 'Unmute microphone').waitFor();

  await actOn(host.page, 'Budi', 'Ask to unmute');
  const question = guest.page.getByRole('dialog', { name: 'Host Test asks you to unmute' });
  await button(question, 'Not now').click();
  await button(guest.page, 'Unmute microphone').waitFor();
  await actOn(host.page, 'Budi', 'Ask to unmute');
  await question.waitFor();
  expect(await seriousFaultsOf(guest.page)).toEqual([]);
  await button(question, 'Unmute').click();
  await button(guest.page, 'Mute microphone').waitFor();

  await actOn(host.page, 'Budi', 'Stop the camera');
  await hears(guest.page, 'Host Test stopped your camera');
  await button(guest.page, 'Turn camera on').waitFor();

  await button(guest.page, 'Share screen').click();
  await button(guest.page, 'Stop sharing').waitFor();
  await actOn(host.page, 'Budi', 'Stop the screen share');
  await hears(guest.page, 'Host Test stopped your screen share');
  await button(guest.page, 'Share screen').waitFor();

  await button(await openPeople(host.page), 'Mute all').click();
  await hears(host.page, '1 person was muted');
  await button(guest.page, 'Unmute microphone').waitFor();
});

test('raised hands come first in the list, reactions float over the pictures of both', async () => {
  await button(guest.page, 'Raise hand').click();
  await hears(host.page, 'Budi raises a hand');
  const people = await openPeople(host.page);
  await people.getByRole('listitem').first().getByText('Hand raised, number 1').waitFor();

  await host.page.emulateMedia({ reducedMotion: 'reduce' });
  await button(guest.page, 'Reactions').click();
  await button(guest.page, 'Applause').click();
  const motions = [];
  for (const { page } of [host, guest]) {
    const reaction = page.getByRole('log', { name: 'Reactions' }).locator('.floating__one');
    await reaction.getByText('Budi').waitFor();
    motions.push(await reaction.evaluate((element) => getComputedStyle(element).animationName));
  }
  // The host wants no motion.
  expect(motions).toEqual(['none', 'float-up']);
  await host.page.emulateMedia({ reducedMotion: 'no-preference' });
  await takePicture(guest.page, 'moderation-reactions');
  await guest.page.keyboard.press('Escape');
  expect(await button(guest.page, 'Applause').count()).toBe(0);

  await takePicture(host.page, 'moderation-people');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await actOn(host.page, 'Budi', 'Lower the hand');
  await hears(guest.page, 'Host Test lowered your hand');
  await button(guest.page, 'Raise hand').waitFor();
});

test('the menu works with the keyboard alone, and offers a participant only what they may', async () => {
  expect(await actsOn(guest.page, 'Host Test')).toEqual(['Write privately']);
  const own = await openPeople(guest.page);
  expect(await button(own, 'Mute all').count()).toBe(0);
  expect(await button(own, 'Actions for Budi').count()).toBe(0);

  const people = await openPeople(host.page);
  const opener = button(people, 'Actions for Budi');
  await opener.focus();
  await host.page.keyboard.press('Enter');
  const items = host.page.getByRole('menuitem');
  await items.first().waitFor();
  const focused = () => host.page.evaluate(() => document.activeElement?.textContent?.trim());
  await expect.poll(focused).toBe('Mute');
  await host.page.keyboard.press('End');
  expect(await focused()).toBe('Ban from the room…');
  await host.page.keyboard.press('ArrowDown');
  expect(await focused()).toBe('Mute');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await takePicture(host.page, 'moderation-menu');
  await host.page.keyboard.press('Escape');
  await items.first().waitFor({ state: 'detached' });
  await expect
    .poll(() => opener.evaluate((element) => element === document.activeElement))
    .toBe(true);
  // A second press closes it, and so does one elsewhere.
  await opener.click();
  await items.first().waitFor();
  await opener.click();
  await items.first().waitFor({ state: 'detached' });
  await opener.click();
  await people.getByRole('heading', { name: 'Participants' }).click();
  await items.first().waitFor({ state: 'detached' });
});

test('a listener has no camera and no microphone, and comes to the stage when called', async () => {
  await actOn(host.page, 'Budi', 'Make a listener');
  await hears(guest.page, /You are a listener now/);
  await button(guest.page, 'Mute microphone').waitFor({ state: 'detached' });
  expect(await button(guest.page, 'Turn camera on').count()).toBe(0);
  await button(guest.page, 'Raise hand').waitFor();
  await takePicture(guest.page, 'moderation-listener');

  await actOn(host.page, 'Budi', 'Call to the stage');
  const call = guest.page.getByRole('dialog', { name: 'Come to the stage?' });
  await call.waitFor();
  expect(await seriousFaultsOf(guest.page)).toEqual([]);
  await takePicture(guest.page, 'moderation-stage-call');
  await button(call, 'Stay a listener').click();
  await hears(host.page, 'Budi does not come up');
  await actOn(host.page, 'Budi', 'Call to the stage');
  await button(call, 'Come to the stage').click();
  await button(guest.page, 'Unmute microphone').click();
  await button(guest.page, 'Mute microphone').waitFor();

  await actOn(host.page, 'Budi', 'Make a moderator');
  await hears(guest.page, /You are a moderator now/);
  await (await openPeople(host.page)).getByText('Moderator', { exact: true }).waitFor();
  await button(await openPeople(guest.page), 'Mute all').waitFor();
});

test('who is in the spotlight is large for everybody but who pinned somebody else', async () => {
  await actOn(host.page, 'Budi', 'Spotlight for everybody');
  for (const { page } of [host, guest]) {
    const lit = page.getByRole('list', { name: 'In the spotlight' });
    await lit.getByText('Budi').waitFor();
    await page.getByRole('list', { name: 'Pictures' }).getByText('Host Test').waitFor();
  }
  await takePicture(guest.page, 'moderation-spotlight');
  const [pin, stage] = [button(guest.page, 'Pin Host Test'), guest.page.locator('.stage__screen')];
  await pin.click();
  await stage.getByText('Host Test').waitFor();
  expect(await stage.count()).toBe(1);
  expect(await seriousFaultsOf(guest.page)).toEqual([]);
  await host.page.getByRole('list', { name: 'In the spotlight' }).getByText('Budi').waitFor();
  await pin.click();
  await guest.page.getByRole('list', { name: 'In the spotlight' }).getByText('Budi').waitFor();
  await actOn(host.page, 'Budi', 'Take out of the spotlight');
  await guest.page.getByRole('list', { name: 'In the spotlight' }).waitFor({ state: 'detached' });
});

test('somebody is written to alone, and both see that it is private', async () => {
  await actOn(guest.page, 'Host Test', 'Write privately');
  const field = guest.page.getByRole('textbox', { name: 'Message', exact: true });
  await field.fill('My microphone hums');
  await field.press('Enter');
  await guest.page.getByText('Privately to').waitFor();
  await hears(host.page, 'Budi (privately): My microphone hums');
  await button(host.page, 'Chat').click();
  const article = host.page.getByRole('article').filter({ hasText: 'hums' });
  await article.getByText('Privately to you').waitFor();
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await takePicture(guest.page, 'moderation-private');
});

test('a locked room says so, and keeps out who comes', async () => {
  await button(await openPeople(host.page), 'Lock room').click();
  await hears(guest.page, /The room is locked/);
  await guest.page.getByText('Locked', { exact: true }).waitFor();
  const late = await guest.context.browser()?.newContext();
  const page = await late?.newPage();
  if (page === undefined) throw new Error('no page');
  await page.goto(link);
  await page.getByLabel('Your name').fill('Cy');
  await button(page, 'Join').click();
  await page.getByRole('heading', { name: 'The room is locked' }).waitFor();
  await late?.close();
});

test('who is removed may come back; who is banned sees why not, until the ban is lifted', async () => {
  const { page } = guest;
  await actOn(host.page, 'Budi', 'Remove from the meeting…');
  await button(host.page.getByRole('dialog', { name: 'Remove Budi?' }), 'Remove').click();
  await page.getByRole('heading', { name: 'You were sent out' }).waitFor();
  const cy = await register(server, 'Cy');
  await joinWithAccount(page, link, cy);
  await actOn(host.page, 'Cy Test', 'Ban from the room…');
  const dialog = host.page.getByRole('dialog', { name: 'Ban Cy Test?' });
  await dialog.getByLabel('Reason (optional)').fill('Shouting');
  expect(await seriousFaultsOf(host.page)).toEqual([]);
  await button(dialog, 'Ban').click();
  await page.getByRole('heading', { name: 'You were sent out' }).waitFor();
  await takePicture(page, 'moderation-sent-out');
  await page.goto(link);
  await button(page, 'Join').click();
  await page.getByRole('heading', { name: 'You were banned from this room' }).waitFor();

  const people = await openPeople(host.page);
  await button(people, 'More for this room').click();
  await host.page.getByRole('menuitem', { name: 'Banned people…' }).click();
  const bans = host.page.getByRole('dialog', { name: 'Banned people' });
  await bans.getByText(/Shouting/).waitFor();
  await takePicture(host.page, 'moderation-bans');
  await button(bans, 'Lift the ban of Cy Test').click();
  await bans.getByText('Nobody is banned from this room.').waitFor();
  await page.goto(link);
  await button(page, 'Join').click();
  await button(page, 'Leave').waitFor();
  await guest.context.clearCookies();
});

test('an app that was changed to offer every act does none of them', async () => {
  const page = await guest.context.newPage();
  // Whatever the server says, this page takes itself for one that leads.
  await page.routeWebSocket(/./, (socket) => {
    const connection = socket.connectToServer();
    connection.onMessage((message) =>
      socket.send(String(message).replaceAll('"moderate":false', '"moderate":true')),
    );
  });
  await joinAsGuest({ ...guest, page }, link, 'Cy');
  const acts = {
    Mute: 'Budi was not muted.',
    'Stop the camera': 'The camera was not stopped.',
    'Make a listener': 'The role was not changed.',
    'Spotlight for everybody': 'The spotlight was not moved.',
  };
  for (const [act, problem] of Object.entries(acts)) {
    await actOn(page, 'Budi', act);
    await page.getByText(`${problem} Not allowed.`).waitFor();
  }
  const people = await openPeople(page);
  for (const [act, problem] of Object.entries({
    'Mute all': 'Nobody was muted.',
    'Lock room': 'The lock is as it was.',
  })) {
    await button(people, act).click();
    await page.getByText(`${problem} Not allowed.`).waitFor();
  }
  await actOn(page, 'Budi', 'Remove from the meeting…');
  const dialog = page.getByRole('dialog', { name: 'Remove Budi?' });
  await button(dialog, 'Remove').click();
  await dialog.getByText('Not allowed').waitFor();
  await button(guest.page, 'Mute microphone').waitFor();
  await button(guest.page, 'Turn camera off').waitFor();
  await page.close();
});

test('on a phone every control is within reach, and the menu comes from below', async () => {
  await host.page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(host.page)).toBe(0);
  for (const name of ['Mute microphone', 'Raise hand', 'Reactions', 'Chat', 'Leave']) {
    expect(await obstacleOf(button(host.page, name))).toBeNull();
  }
  await takePicture(host.page, 'moderation-phone');
  const people = await openPeople(host.page);
  await button(people, 'Actions for Budi').click();
  const items = host.page.getByRole('menuitem');
  await items.first().waitFor();
  expect(await obstacleOf(items.last())).toBeNull();
  await takePicture(host.page, 'moderation-menu-phone');
  await host.page.setViewportSize({ width: 1280, height: 800 });
});
