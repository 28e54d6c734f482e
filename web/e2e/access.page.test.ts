import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { obstacleOf, seriousFaultsOf, sidewaysScrollOf, tabTo } from './harness/accessibility.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { identityOf, tileOf, waitForFrames } from './harness/seeing.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
};

let server: TestServer;
let host: Account;
const opened: Person[] = [];

beforeAll(async () => {
  server = await startTestServer();
  host = await register(server, 'Host');
});
afterEach(() => Promise.all(opened.splice(0).map((person) => person.close())));
afterAll(() => server?.close());

async function open(options: Parameters<typeof openPerson>[0] = {}): Promise<Person> {
  const person = await openPerson(options);
  opened.push(person);
  return person;
}

describe('with the keyboard alone', () => {
  test('somebody makes an account and a room, joins it and ends it for all', async () => {
    const { page } = await open();
    const field = (name: string) => page.getByLabel(name, { exact: true });
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const enter = async (name: string, text: string) => {
      await tabTo(page, field(name));
      await page.keyboard.type(text);
    };
    const press = async (name: string) => {
      await tabTo(page, button(name));
      await page.keyboard.press('Enter');
    };
    await page.goto(server.url);
    await button('Create account').waitFor();
    await press('Create account');
    await field('First name').waitFor();
    await enter('First name', 'Kirana');
    await enter('Last name', 'Putri');
    await enter('E-mail', 'kirana@example.org');
    await enter('Password', 'correct horse battery');
    await page.keyboard.press('Enter');

    await button('Create room').waitFor();
    await enter('Name', 'By keyboard');
    await press('Create room');
    const room = page.getByRole('link', { name: 'Open By keyboard' });
    await room.waitFor();
    await tabTo(page, room);
    await page.keyboard.press('Enter');

    await button('Join').waitFor();
    await press('Join');
    await button('Leave').waitFor();
    await press('Leave');
    await press('End for all');
    await page.locator('[data-code="room_closed"]').waitFor();
  });

  test('somebody joins, mutes, chats, reads who is there, and leaves', async () => {
    const { page } = await open();
    const { link } = await createRoom(server, host);
    await page.goto(link);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await page.getByLabel('Your name').waitFor();
    await tabTo(page, page.getByLabel('Your name'));
    await page.keyboard.type('Kirana');
    await tabTo(page, button('Join'));
    await page.keyboard.press('Enter');

    // The preview has a button to mute as well.
    await button('Leave').waitFor();
    await tabTo(page, button('Mute microphone'));
    await page.keyboard.press('Space');
    await button('Unmute microphone').waitFor();
    // It says so before it takes the next press.
    await expect.poll(() => button('Unmute microphone').isEnabled()).toBe(true);
    // The button keeps the focus, so the same key takes it back.
    await page.keyboard.press('Space');
    await button('Mute microphone').waitFor();

    await tabTo(page, button('Chat'));
    await page.keyboard.press('Enter');
    const message = page.getByRole('textbox', { name: 'Message', exact: true });
    await message.waitFor();
    if (!(await message.evaluate((element) => element === document.activeElement))) {
      await tabTo(page, message);
    }
    await page.keyboard.type('Halo');
    await page.keyboard.press('Enter');
    await page.getByRole('log', { name: 'Messages' }).getByText('Halo').waitFor();
    await page.keyboard.press('Escape');
    await message.waitFor({ state: 'detached' });

    await tabTo(page, button('Participants'));
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: '1 in the meeting' }).getByText('Kirana').waitFor();
    await page.keyboard.press('Escape');

    await tabTo(page, button('Leave'));
    await page.keyboard.press('Enter');
    await page.getByText('You left the meeting').waitFor();
  });
});

describe('on a phone', () => {
  test('nothing scrolls sideways, and every control can be pressed', async () => {
    const { link } = await createRoom(server, host, { name: 'Weekly review' });
    const [phone, ada, budi] = await Promise.all([
      open({ camera: 'large', likeness: LIKENESSES.dewi, context: PHONE }),
      open({ camera: 'large', likeness: LIKENESSES.ada }),
      open({ camera: 'large', likeness: LIKENESSES.budi }),
    ]);
    const { page } = phone;
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Create account' }).waitFor();
    expect(await sidewaysScrollOf(page)).toBe(0);

    await page.goto(link);
    await page.locator('video').waitFor();
    expect(await sidewaysScrollOf(page)).toBe(0);
    for (const name of ['Mute microphone', 'Turn camera off']) {
      expect(await obstacleOf(page.getByRole('button', { name })), name).toBeNull();
    }

    await joinAsGuest(ada, link, 'Ada Wijaya');
    await joinAsGuest(budi, link, 'Budi Santoso');
    await joinAsGuest(phone, link, 'Dewi Lestari');
    for (const other of [ada, budi]) {
      await waitForFrames(tileOf(page, await identityOf(other.page)), 6);
    }
    expect(await sidewaysScrollOf(page)).toBe(0);
    const controls = page.getByRole('group', { name: 'Meeting controls' }).getByRole('button');
    expect(await controls.count()).toBeGreaterThanOrEqual(5);
    for (const control of await controls.all()) {
      expect(await obstacleOf(control), await control.innerHTML()).toBeNull();
    }
    await takePicture(page, 'phone');

    await page.getByRole('button', { name: 'Chat' }).tap();
    const message = page.getByRole('textbox', { name: 'Message', exact: true });
    await message.fill('Halo semua');
    await page.getByRole('button', { name: 'Send' }).tap();
    await page.getByRole('log', { name: 'Messages' }).getByText('Halo semua').waitFor();
    expect(await sidewaysScrollOf(page)).toBe(0);
    expect(await obstacleOf(message)).toBeNull();
    await page.getByRole('button', { name: 'Close chat' }).tap();
    await page.getByRole('button', { name: 'Leave', exact: true }).tap();
    await page.getByText('You left the meeting').waitFor();
  });
});

describe('without devices', () => {
  test.each([
    {
      devices: 'refuse',
      code: 'permission_denied',
      words: /access refused.*join without/is,
      notice: /Camera access refused/,
    },
    {
      devices: 'none',
      code: 'device_not_found',
      words: /no camera.*join without/is,
      notice: /No camera found/,
    },
  ] as const)(
    'a person whose devices say “$code” reads why, joins, sees and is seen',
    async ({ devices, code, words, notice }) => {
      const { link } = await createRoom(server, host);
      const [someone, ada] = await Promise.all([open({ devices }), open()]);
      await joinAsGuest(ada, link, 'Ada');
      await someone.page.goto(link);
      const problem = someone.page.locator(`[data-code="${code}"][data-source="both"]`);
      await problem.waitFor();
      expect(await problem.innerText()).toMatch(words);
      await joinAsGuest(someone, link, 'Someone');
      await waitForFrames(tileOf(someone.page, await identityOf(ada.page)), 6);
      const tile = tileOf(ada.page, await identityOf(someone.page));
      await tile.waitFor();
      expect(await tile.locator('video').count()).toBe(0);
      expect(await tile.innerText()).toContain('Someone');

      // In the meeting the same refusal is told again, and breaks nothing.
      await someone.page.getByRole('button', { name: 'Turn camera on' }).click();
      await someone.page.getByRole('alert').getByText(notice).waitFor();
      await waitForFrames(tileOf(someone.page, await identityOf(ada.page)), 6);
    },
  );
});

describe('for who does not see the page', () => {
  test('no page has a serious fault', async () => {
    const { page } = await open();
    const { link } = await createRoom(server, host, { password: 'sesame' });
    const check = async (what: string) => expect(await seriousFaultsOf(page), what).toEqual([]);
    const button = (name: string) => page.getByRole('button', { name, exact: true });

    await page.goto(server.url);
    await button('Create account').waitFor();
    await check('the start page');
    await button('Create account').click();
    await check('the form for an account');
    await button('Sign in instead').click();
    await page.getByLabel('E-mail').fill(host.email);
    await page.getByLabel('Password').fill(host.password);
    await button('Sign in').click();
    await page
      .getByRole('link', { name: /^Open / })
      .first()
      .waitFor();
    await check('the list of rooms');

    await page.goto(link);
    await page.locator('video').waitFor();
    await check('the preview');
    await button('Join').click();
    await button('Leave').waitFor();
    await check('the meeting');
    await button('Chat').click();
    await check('the chat');
    await button('Participants').click();
    await check('the participants');
    await button('Settings').click();
    await check('the settings');
    await page.keyboard.press('Escape');
    await button('Leave').click();
    await check('the question whether to leave');
    await button('Leave meeting').click();
    await page.getByText('You left the meeting').waitFor();
    await check('the way out');
  });
});
