import { AccessToken } from '@balai/server-sdk';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { openSdkPage, type SdkWindow } from './harness/sdk-page.ts';
import { signIn } from './harness/sign-in.ts';
import { register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
let person: Person;
/** The application that the project is for. */
let application: Page;
/** What its backend was given. */
let id: string;
let secret: string;

beforeAll(async () => {
  server = await startTestServer();
  const account = await register(server, 'Dev');
  person = await openPerson();
  await signIn(person.page, server, account);
  await person.page.getByRole('link', { name: 'Projects' }).click();
  application = await person.context.newPage();
  await openSdkPage(application, server);
  await person.page.bringToFront();
});
afterAll(async () => {
  await person?.close();
  await server?.close();
});

function button(name: string) {
  return person.page.getByRole('button', { name, exact: true });
}

function dialog(name: string) {
  return person.page.getByRole('dialog', { name });
}

/** Joins with a token that the application's backend signs. @returns who is in, or why they are not. */
async function joinWithToken(identity: string): Promise<string> {
  const token = await new AccessToken(id, secret, { identity, name: 'Alice' })
    .addGrant({ room: 'lesson', roomJoin: true })
    .toJwt();
  return application.evaluate(
    async ([url, jwt]) => {
      const room = new (globalThis as SdkWindow).sdk.Room();
      try {
        await room.connect(url, jwt);
        return `${room.localParticipant.identity} is in ${room.name}`;
      } catch (error) {
        return String((error as { code?: string }).code);
      } finally {
        await room.disconnect();
      }
    },
    [server.url, token] as const,
  );
}

test('a project is made, and its key is shown with the secret this once', async () => {
  const { page } = person;
  await page.getByText('None yet.').waitFor();
  await page.getByLabel('Name').fill('Language school');
  await button('Create project').click();
  await page.getByRole('heading', { name: 'Language school' }).waitFor();
  await page.getByText('No API keys yet.').waitFor();

  await button('New API key for Language school').click();
  const form = dialog('New API key');
  await form.getByLabel('Name').fill('backend');
  await form.getByLabel('Send data into rooms').uncheck();
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'project-key');
  await form.getByRole('button', { name: 'Create key' }).click();

  const shown = dialog('Your new API key');
  id = await shown.getByLabel('API key', { exact: true }).inputValue();
  secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
  expect(id).toMatch(/^BK[0-9A-Za-z]{18}$/);
  expect(secret.length).toBeGreaterThan(40);
  await person.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await shown.getByRole('button', { name: 'Copy Secret' }).click();
  await shown.getByText('Secret copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'project-secret');
  await shown.getByRole('button', { name: 'I have copied it' }).click();

  const keys = page.getByRole('list', { name: 'API keys of Language school' });
  await keys.getByText(id).waitFor();
  await keys.getByText('never used').waitFor();
  await page.reload();
  await keys.getByText(id).waitFor();
  expect(await page.content()).not.toContain(secret);
});

test('what is signed with a key lets people in until it is revoked, after a question', async () => {
  const { page } = person;
  expect(await joinWithToken('alice')).toBe('alice is in lesson');
  await page.reload();
  await page.getByText(/· last used /).waitFor();
  await button('Revoke backend').click();
  await dialog('Revoke this key?').getByRole('button', { name: 'Keep it' }).click();
  await button('Revoke backend').click();
  await dialog('Revoke this key?').getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText(/· revoked /).waitFor();
  expect(await button('Revoke backend').count()).toBe(0);
  expect(await joinWithToken('bob')).toBe('unauthorized');
});

test('a project gets another name, and says whose tokens it takes', async () => {
  const { page } = person;
  await button('Edit Language school').click();
  const form = dialog('Edit project');
  await form.getByLabel('Name').fill('Evening school');
  await form.getByLabel('Issuer').fill('https://school.example.org');
  await form.getByLabel('JWKS URL').fill('https://10.0.0.1/keys.json');
  expect(await seriousFaultsOf(page)).toEqual([]);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('That did not work').waitFor();
  await takePicture(page, 'project-edit');
  await form.getByLabel('JWKS URL').fill('https://school.example.org/keys.json');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Evening school' }).waitFor();
  await page.reload();
  await page.getByText('https://school.example.org/keys.json').waitFor();

  // One without the other is asked for at once.
  await button('Edit Evening school').click();
  await form.getByLabel('Issuer').fill('');
  await form.getByRole('button', { name: 'Save' }).click();
  expect(await form.locator('input:invalid').count()).toBe(1);
  await form.getByLabel('JWKS URL').fill('');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('term').first().waitFor({ state: 'detached' });
  expect(await form.count()).toBe(0);
});

test('the page is sound on a phone, and a project goes with everything after a question', async () => {
  const { page } = person;
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'projects-phone');
  await button('Delete Evening school').click();
  await dialog('Delete this project?').getByRole('button', { name: 'Delete project' }).click();
  await page.getByText('None yet.').waitFor();
});
