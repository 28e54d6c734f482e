import { afterAll, beforeAll, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { openPerson, type Person } from './harness/person.ts';
import { takePicture } from './harness/pictures.ts';
import { signIn } from './harness/sign-in.ts';
import { register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
let person: Person;

beforeAll(async () => {
  server = await startTestServer();
  const account = await register(server, 'Dev');
  person = await openPerson();
  await signIn(person.page, server, account);
  await person.page.getByRole('link', { name: 'Projects' }).click();
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
  const id = await shown.getByLabel('API key', { exact: true }).inputValue();
  const secret = await shown.getByLabel('Secret', { exact: true }).inputValue();
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

test('a key is revoked after a question, and stays in the list as that', async () => {
  const { page } = person;
  await button('Revoke backend').click();
  await dialog('Revoke this key?').getByRole('button', { name: 'Keep it' }).click();
  await button('Revoke backend').click();
  await dialog('Revoke this key?').getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText(/· revoked /).waitFor();
  expect(await button('Revoke backend').count()).toBe(0);
});

test('the page is sound on a phone, and a project goes with everything after a question', async () => {
  const { page } = person;
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await sidewaysScrollOf(page)).toBe(0);
  expect(await seriousFaultsOf(page)).toEqual([]);
  await takePicture(page, 'projects-phone');
  await button('Delete Language school').click();
  await dialog('Delete this project?').getByRole('button', { name: 'Delete project' }).click();
  await page.getByText('None yet.').waitFor();
});
