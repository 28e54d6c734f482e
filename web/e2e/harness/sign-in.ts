import type { Page } from 'playwright-core';
import type { Account, TestServer } from './test-server.ts';

/** Signs in on the start page, which shows the person's rooms then. */
export async function signIn(page: Page, server: TestServer, account: Account): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Your rooms' }).waitFor();
}
