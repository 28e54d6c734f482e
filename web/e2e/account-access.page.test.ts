import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { obstacleOf, seriousFaultsOf, sidewaysScrollOf, tabTo } from './harness/accessibility.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { type Account, register, startTestServer, type TestServer } from './harness/test-server.ts';

const LONG_EMAIL = 'a-rather-long-name-of-somebody@department.university.example.org';

let server: TestServer;
let account: Account;
const opened: Person[] = [];

beforeAll(async () => {
  server = await startTestServer();
  account = await register(server, 'Kirana');
});
afterEach(() => Promise.all(opened.splice(0).map((person) => person.close())));
afterAll(() => server?.close());

async function open(options: Parameters<typeof openPerson>[0] = {}): Promise<Page> {
  const person = await openPerson(options);
  opened.push(person);
  return person.page;
}

async function openAccount(page: Page): Promise<void> {
  await page.goto(`${server.url}/account`);
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('This device').waitFor();
  await page.getByLabel('Show my own picture').waitFor();
}

test('no page about accounts has a serious fault', async () => {
  const page = await open();
  const check = async (what: string) => expect(await seriousFaultsOf(page), what).toEqual([]);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await page.goto(`${server.url}/account`);
  await button('Sign in').waitFor();
  await check('the way to the account');
  await openAccount(page);
  await check('the account');
  await takePicture(page, 'account');
  await button('Change e-mail address').click();
  await check('the dialog for an address');
  await button('Cancel').click();
  await button('Delete account…').click();
  await check('the dialog that deletes');
  await page.goto(`${server.url}/forgot-password`);
  await button('Send link').waitFor();
  await check('the page for who forgot the password');
  await page.goto(`${server.url}/reset-password#token=none`);
  await button('Change password').waitFor();
  await check('the page for a new password');
  await page.goto(`${server.url}/verify-email#token=none`);
  await page.locator('[data-code="mail_token_invalid"]').waitFor();
  await check('the page that confirms an address');
});

test('a keyboard is enough to change the name and to get out of the question whether to delete', async () => {
  const page = await open();
  await openAccount(page);
  const name = page.getByLabel('First name');
  await tabTo(page, name);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Dewi');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Your account: Dewi Test' }).waitFor();

  const opener = page.getByRole('button', { name: 'Delete account…' });
  await tabTo(page, opener);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Delete your account?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect
    .poll(() => opener.evaluate((element) => element === document.activeElement))
    .toBe(true);
});

test('on a phone nothing scrolls sideways, and every control can be pressed', async () => {
  const page = await open({
    context: { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true },
  });
  await openAccount(page);
  await page.getByRole('button', { name: 'Change e-mail address' }).tap();
  await page.getByLabel('New e-mail address').fill(LONG_EMAIL);
  await page.getByLabel('Your password').fill(account.password);
  await page.getByRole('button', { name: 'Change address' }).tap();
  await page.getByText(`A mail is on its way to ${LONG_EMAIL}`).waitFor();
  account = { ...account, email: LONG_EMAIL };
  expect(await sidewaysScrollOf(page)).toBe(0);
  for (const control of await page.getByRole('button').all()) {
    await control.scrollIntoViewIfNeeded();
    expect(await obstacleOf(control), await control.innerHTML()).toBeNull();
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  await takePicture(page, 'account-phone');
});
