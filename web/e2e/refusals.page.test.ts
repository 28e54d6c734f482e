import type { JoinAnswer } from '@balai/protocol';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRoomTokens } from '../../server/src/features/joining/room-tokens.ts';
import { ticketOf } from '../../server/src/kernel/room-ticket.ts';
import { loadSigningKey } from '../../server/src/store/files/signing-key.ts';
import { joinAsGuest, openPerson, type Person } from './harness/person.ts';
import { identityOf, tileOf } from './harness/seeing.ts';
import {
  type Account,
  createRoom,
  endRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';

let server: TestServer;
let host: Account;
let guest: Person;
/** What people were told, by code. */
const words = new Map<string, string>();

beforeAll(async () => {
  server = await startTestServer();
  host = await register(server, 'Host');
});
beforeEach(async () => {
  guest = await openPerson();
});
afterEach(() => guest.close());
afterAll(() => server?.close());

/** Fills in the name, and the password if there is one, and asks to join. */
async function tryToJoin(page: Page, link: string, password?: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Your name').fill('Guest');
  if (password !== undefined) await page.getByLabel('Room password').fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

/** Waits for the message with this code. @returns its words. */
async function messageOf(page: Page, code: string): Promise<string> {
  const message = page.locator(`[data-code="${code}"]`);
  await message.waitFor();
  const text = await message.innerText();
  words.set(code, text);
  return text;
}

test('a wrong password says so, and the right one lets in', async () => {
  const { page } = guest;
  const { link } = await createRoom(server, host, { password: 'open sesame' });
  await tryToJoin(page, link, 'open barley');
  expect(await messageOf(page, 'wrong_room_password')).toMatch(/password/i);
  await page.getByLabel('Room password').fill('open sesame');
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
});

test('an expired room token says that too much time has passed', async () => {
  const { page } = guest;
  const { link } = await createRoom(server, host);
  const signingKey = await loadSigningKey(server.dataDir);
  const anHourAgo = createRoomTokens(signingKey, () => Date.now() - 3_600_000);
  await page.route('**/v1/rooms/*/join', async (route) => {
    const response = await route.fetch();
    const answer = (await response.json()) as JoinAnswer;
    const { token } = await anHourAgo.issue(
      ticketOf({
        roomId: answer.room.id,
        identity: answer.identity,
        name: answer.name,
        role: 'participant',
        grants: answer.grants,
      }),
    );
    await route.fulfill({ response, json: { ...answer, token } });
  });
  await tryToJoin(page, link);
  expect(await messageOf(page, 'token_expired')).toMatch(/expired/i);

  await page.unroute('**/v1/rooms/*/join');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
});

test('a full room says so, and lets in when somebody leaves', async () => {
  const { page } = guest;
  const { link } = await createRoom(server, host, { maxUsers: 1 });
  const first = await openPerson();
  try {
    await joinAsGuest(first, link, 'First');
    await tryToJoin(page, link);
    expect(await messageOf(page, 'room_full')).toMatch(/full/i);
    await first.page.getByRole('button', { name: 'Leave', exact: true }).click();
    await first.page.getByText('You left the meeting').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  } finally {
    await first.close();
  }
});

test('an ended room says so to who is in it, and to who comes later', async () => {
  const { page } = guest;
  const { link, roomId } = await createRoom(server, host);
  await joinAsGuest(guest, link, 'Guest');
  await endRoom(server, host, roomId);
  expect(await messageOf(page, 'room_closed')).toMatch(/ended/i);
  await page.goto(link);
  expect(await messageOf(page, 'room_ended')).toMatch(/ended|over/i);
});

test('a room without guests asks to sign in, before it asks for a name', async () => {
  const { page } = guest;
  const { link } = await createRoom(server, host, { guestsAllowed: false });
  await page.goto(link);
  expect(await messageOf(page, 'guests_not_allowed')).toMatch(/sign in|account/i);
});

test('a link that leads nowhere says so', async () => {
  const { page } = guest;
  await page.goto(`${server.url}/r/00000000-0000-4000-8000-000000000000`);
  expect(await messageOf(page, 'room_not_found')).toMatch(/no|not/i);
});

test('who joins a second time, elsewhere, takes the first one’s place', async () => {
  const { page, context } = guest;
  const { link } = await createRoom(server, host);
  await page.goto(server.url);
  await page.getByLabel('E-mail').fill(host.email);
  await page.getByLabel('Password').fill(host.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  const join = async (at: Page) => {
    await at.goto(link);
    await at.getByRole('button', { name: 'Join', exact: true }).click();
    await at.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  };
  await join(page);
  const second = await context.newPage();
  await join(second);
  expect(await messageOf(page, 'duplicate_identity')).not.toBe('');
  expect(await tileOf(second, await identityOf(second)).count()).toBe(1);
});

test('each of the refusals above had words of its own', () => {
  const codes = ['wrong_room_password', 'token_expired', 'room_full', 'room_ended'];
  const texts = codes.map((code) => words.get(code));
  expect(texts).not.toContain(undefined);
  expect(new Set(texts).size).toBe(codes.length);
});
