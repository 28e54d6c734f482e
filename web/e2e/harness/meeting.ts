import type { Locator, Page } from 'playwright-core';
import type { Account, TestServer } from './test-server.ts';

/** Opens a room's link with an account, and joins. */
export async function joinWithAccount(page: Page, link: string, account: Account): Promise<void> {
  await page.goto(link);
  await button(page, 'Sign in').click();
  const dialog = page.getByRole('dialog', { name: 'Your account' });
  await dialog.getByLabel('E-mail').fill(account.email);
  await dialog.getByLabel('Password').fill(account.password);
  await button(page, 'Sign in').last().click();
  await page.getByText('You join as').waitFor();
  await button(page, 'Join').click();
  await button(page, 'Leave').waitFor();
}

export function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

/** Opens the list of people, where it is closed. */
export async function openPeople(page: Page): Promise<Locator> {
  const toggle = button(page, 'Participants');
  if ((await toggle.getAttribute('aria-expanded')) === 'false') await toggle.click();
  return page.getByRole('complementary', { name: 'Participants' });
}

/** Chooses in the menu of somebody in the list of people. */
export async function actOn(page: Page, name: string, act: string): Promise<void> {
  const people = await openPeople(page);
  await button(people, `Actions for ${name}`).click();
  await page.getByRole('menuitem', { name: act, exact: true }).click();
}

/** What the menu of somebody offers. Closes it again. */
export async function actsOn(page: Page, name: string): Promise<string[]> {
  const people = await openPeople(page);
  await button(people, `Actions for ${name}`).click();
  const items = page.getByRole('menuitem');
  await items.first().waitFor();
  const names = await items.allInnerTexts();
  await page.keyboard.press('Escape');
  await items.first().waitFor({ state: 'detached' });
  return names.map((item) => item.trim());
}

/** Waits for words that a page says in passing. */
export async function hears(page: Page, words: string | RegExp): Promise<void> {
  await page.getByRole('status').getByText(words).first().waitFor();
}

/** Changes a setting of a room over REST, as its host. */
export async function putSetting(
  server: TestServer,
  host: Account,
  roomId: string,
  key: string,
  value: unknown,
): Promise<void> {
  const answer = await fetch(`${server.url}/v1/rooms/${roomId}/settings/${key}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${host.accessToken}`,
    },
    body: JSON.stringify({ value }),
  });
  if (!answer.ok) throw new Error(`the setting was answered ${answer.status}`);
}
