import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { openPerson, type Person } from './harness/person.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

/** Sends the mails to the log, where the tests read them. */
const MAIL_LOG = { BALAI_MAIL_LOG: 'yes' };
const NEW_PASSWORD = 'battery staple correct';

let server: TestServer;
let person: Person;
let page: Page;
let account: Account;
let accounts = 0;

beforeAll(async () => {
  server = await startTestServer(MAIL_LOG);
  person = await openPerson();
});
beforeEach(async () => {
  accounts += 1;
  account = await register(server, `Person${accounts}`);
  await person.context.clearCookies();
  page = await person.context.newPage();
});
afterAll(async () => {
  await person?.close();
  await server?.close();
});

const button = (name: string, at = page) => at.getByRole('button', { name, exact: true });
const field = (name: string, at = page) => at.getByLabel(name, { exact: true });
const failure = (code: string) => page.locator(`[data-code="${code}"]`);
const done = (text: string | RegExp) => page.getByRole('status').getByText(text).waitFor();

async function signIn(at: Page, password = account.password): Promise<void> {
  await field('E-mail', at).fill(account.email);
  await field('Password', at).fill(password);
  await button('Sign in', at).click();
  await button('Sign out', at).waitFor();
}

/** Opens the page of the account, as somebody who signs in on the way. */
async function openAccount(at: Page = page): Promise<void> {
  await at.goto(`${server.url}/account`);
  await signIn(at);
  await at.getByRole('heading', { name: 'Your account' }).waitFor();
}

/** The link to this page in a mail to the person: in the first one, or in a later one. */
async function linkInMail(path: string, nth = 1): Promise<string> {
  return await vi.waitFor(
    () => {
      const mails = server.process
        .output()
        .split('\n')
        .filter((line) => line.includes(account.email) && line.includes(`${path}#`));
      const link = new RegExp(`${path}#token=[\\w-]+`).exec(mails[nth - 1] ?? '')?.[0];
      if (!link) throw new Error(`${mails.length} mails to ${account.email} lead to ${path}`);
      return server.url + link;
    },
    { timeout: 10_000 },
  );
}

/** How a request over REST with this access token is answered. */
async function statusOf(accessToken: string): Promise<number> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(`${server.url}/v1/users/me`, { headers })).status;
}

/** A picture that is wider than high. */
async function takeAPicture(): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 900, height: 600 } });
  return { name: 'me.png', mimeType: 'image/png', buffer };
}

test('somebody makes an account, and gives themself another name', async () => {
  await page.goto(server.url);
  await button('Create account').click();
  await field('First name').fill('Kirana');
  await field('Last name').fill('Putri');
  await field('E-mail').fill('kirana@example.org');
  await field('Password').fill('correct horse battery');
  await button('Create account').first().click();
  await page.getByRole('link', { name: 'Your account: Kirana Putri' }).click();

  await field('Last name').fill('Wijaya');
  await button('Save name').click();
  await done('Your name is changed.');
  await page.reload();
  await page.getByRole('link', { name: 'Your account: Kirana Wijaya' }).waitFor();
  expect(await field('Last name').inputValue()).toBe('Wijaya');
});

test('a picture is shown before it is saved, is small and square, and can be removed', async () => {
  await openAccount();
  const picture = page.locator('.account-header .avatar img');
  await field('Picture').setInputFiles(await takeAPicture());
  await done(/how it will look/);
  expect(await picture.count()).toBe(0);
  await button('Save picture').click();
  await done('Your picture is saved.');
  await expect
    .poll(() => button('Choose another picture').evaluate((e) => e === document.activeElement))
    .toBe(true);

  await page.reload();
  await picture.waitFor();
  const size = await picture.evaluate(async (image) => {
    // Its place is there before it has come.
    await (image as HTMLImageElement).decode();
    const { naturalWidth, naturalHeight } = image as HTMLImageElement;
    return [naturalWidth, naturalHeight];
  });
  expect(size).toEqual([512, 512]);

  await button('Remove picture').click();
  await done('Your picture is removed.');
  await picture.waitFor({ state: 'detached' });
});

test('what can be no picture is refused, with the reason', async () => {
  await openAccount();
  const text = { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
  await field('Picture').setInputFiles(text);
  expect(await failure('avatar_type_unsupported').innerText()).toMatch(/PNG, JPEG or WebP/);
  const large = { ...text, buffer: Buffer.alloc(20_000_001) };
  await field('Picture').setInputFiles(large);
  expect(await failure('avatar_too_large').innerText()).toMatch(/20 MB/);
  expect(await button('Save picture').count()).toBe(0);
});

test('a new password signs every other device out, within a second', async () => {
  const other = await openPerson();
  try {
    await openAccount();
    await openAccount(other.page);
    await field('Present password').fill('not the one');
    await field('New password').fill(NEW_PASSWORD);
    await button('Change password').click();
    expect(await failure('wrong_password').innerText()).toMatch(/password/i);
    expect(await statusOf(account.accessToken)).toBe(200);

    await field('Present password').fill(account.password);
    const isChanged = page.waitForResponse('**/v1/users/me/password');
    await button('Change password').click();
    await (await isChanged).finished();
    const changedAt = Date.now();
    await vi.waitFor(async () => expect(await statusOf(account.accessToken)).toBe(401), {
      timeout: 1_000,
      interval: 20,
    });
    expect(Date.now() - changedAt).toBeLessThan(1_000);
    await done(/Every other device is signed out/);

    // The other browser learns it with the next thing that it asks for.
    await button('Save name', other.page).click();
    await other.page.getByText('Sign in to see your account').waitFor();
    await button('Save name').click();
    await done('Your name is changed.');
    expect(await page.getByRole('list', { name: 'Signed-in devices' }).innerText()).not.toMatch(
      /sign out/i,
    );
  } finally {
    await other.close();
  }
});

test('who forgot the password chooses another with the link of a mail, once', async () => {
  await page.goto(server.url);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await field('E-mail').fill(account.email);
  await button('Send link').click();
  await failure('reset_mail_sent').waitFor();

  const link = await linkInMail('/reset-password');
  await page.goto(link);
  await field('New password').fill(NEW_PASSWORD);
  await button('Change password').click();
  await failure('password_reset').waitFor();
  expect(page.url()).not.toContain('token');
  expect(await statusOf(account.accessToken)).toBe(401);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, NEW_PASSWORD);

  await page.goto(link);
  await field('New password').fill(NEW_PASSWORD);
  await button('Change password').click();
  await failure('mail_token_invalid').waitFor();
  await page.getByRole('link', { name: 'Ask for another link' }).click();
  await button('Send link').waitFor();
});

test('the link of a mail confirms the address, also where the page is open elsewhere', async () => {
  await openAccount();
  await page.getByText('Not confirmed yet').waitFor();
  await button('Send the mail again').click();
  await done(`A mail is on its way to ${account.email}.`);

  // The first was sent when the account was made; the newer one replaces it.
  const link = await linkInMail('/verify-email', 2);
  const tab = await person.context.newPage();
  await tab.goto(link);
  await tab.locator('[data-code="email_verified"]').waitFor();
  expect(tab.url()).not.toContain('token');
  await tab.goto(`${server.url}/verify-email`);
  await tab.locator('[data-code="mail_link_incomplete"]').waitFor();
  // Pasted into the same tab, a link does not load the page again.
  await tab.goto(link);
  await tab.locator('[data-code="mail_token_invalid"]').waitFor();
  await tab.close();

  // Headless pages are always visible: says what coming back to the tab says.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByText('Confirmed', { exact: true }).waitFor();
  expect(await button('Send the mail again').count()).toBe(0);
});

test('another address wants the password, and is then to be confirmed', async () => {
  await openAccount();
  const change = async (email: string, password: string) => {
    await field('New e-mail address').fill(email);
    await field('Your password').fill(password);
    await button('Change address').click();
  };
  await button('Change e-mail address').click();
  await change('new@example.org', 'not the one');
  await failure('wrong_password').waitFor();
  await change('person1@example.org', account.password);
  await failure('email_taken').waitFor();
  await change('new@example.org', account.password);
  await done(/A mail is on its way to new@example.org/);
  account = { ...account, email: 'new@example.org' };
  await page.goto(await linkInMail('/verify-email'));
  await failure('email_verified').waitFor();
});

test('one device, and all others, can be signed out', async () => {
  const second = await register(server, `Second${accounts}`);
  await openAccount();
  const devices = page.getByRole('list', { name: 'Signed-in devices' }).getByRole('listitem');
  await devices.nth(1).waitFor();
  expect(await devices.first().innerText()).toMatch(/Chrome on .*This device/s);
  // It registered over REST.
  expect(await devices.nth(1).innerText()).toMatch(/^node/);
  await devices.nth(1).getByRole('button').click();
  await done('Signed out: node.');
  await expect.poll(() => devices.count()).toBe(1);
  expect(await statusOf(account.accessToken)).toBe(401);
  expect(await statusOf(second.accessToken)).toBe(200);

  const other = await openPerson();
  try {
    await openAccount(other.page);
    await page.reload();
    await button('Sign out all other devices').click();
    await done('Every other device is signed out.');
    await other.page.reload();
    await other.page.getByText('Sign in to see your account').waitFor();
  } finally {
    await other.close();
  }
});

test('one’s own picture is no mirror where somebody does not want it', async () => {
  const { link } = await createRoom(server, account);
  await openAccount();
  const mirror = page.getByLabel('Show my own picture as in a mirror');
  const isKept = page.waitForResponse('**/v1/users/me/settings/mirror_own_video');
  await mirror.uncheck();
  await (await isKept).finished();
  await page.goto(link);
  const video = page.locator('video');
  await video.waitFor();
  await expect
    .poll(() => video.evaluate((element) => getComputedStyle(element).transform))
    .toBe('none');
});

test('who wants to join muted and unseen has neither device opened by the preview', async () => {
  const { link } = await createRoom(server, account);
  await openAccount();
  for (const [label, key] of [
    ['Join meetings with my microphone muted', 'join_muted'],
    ['Join meetings with my camera off', 'join_without_camera'],
  ] as const) {
    const isKept = page.waitForResponse(`**/v1/users/me/settings/${key}`);
    await page.getByLabel(label).check();
    await (await isKept).finished();
  }
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('nobody asked for it'));
  });
  await page.goto(link);
  await button('Unmute microphone').waitFor();
  await button('Turn camera on').waitFor();
  await page.getByText('Your camera is off').waitFor();
  // Each of them would say that it does not work.
  expect(await page.locator('.preview__problem').count()).toBe(0);
});

test('who wants to join muted only is seen', async () => {
  const { link } = await createRoom(server, account);
  await openAccount();
  const isKept = page.waitForResponse('**/v1/users/me/settings/join_muted');
  await page.getByLabel('Join meetings with my microphone muted').check();
  await (await isKept).finished();
  await page.goto(link);
  await page.locator('video').waitFor();
  await button('Unmute microphone').waitFor();
  await button('Turn camera off').waitFor();
});

test('the export is a file that has the account in it', async () => {
  await createRoom(server, account, { name: 'Mine' });
  await openAccount();
  const download = page.waitForEvent('download');
  await button('Export my data').click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('balai-export.json');
  const content = JSON.parse(await readFile(await file.path(), 'utf8'));
  expect(content.account.email).toBe(account.email);
  expect(content.rooms).toEqual([expect.objectContaining({ name: 'Mine' })]);
});

test('who deletes the account is at the start page, and can not sign in again', async () => {
  await openAccount();
  await button('Delete account…').click();
  await field('Your password').fill('not the one');
  await button('Delete account for good').click();
  await failure('wrong_password').waitFor();
  await field('Your password').fill(account.password);
  await button('Delete account for good').click();
  await button('Sign in').waitFor();
  expect(new URL(page.url()).pathname).toBe('/');
  expect(await statusOf(account.accessToken)).toBe(401);
  await field('E-mail').fill(account.email);
  await field('Password').fill(account.password);
  await button('Sign in').click();
  await failure('invalid_credentials').waitFor();
});
