import type { JoinAnswer } from '@balai/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { flood } from '../../server/src/edge/signalling/testing/flooder.ts';
import { handshakeOf } from '../../server/src/edge/signalling/testing/test-client.ts';
import { waitForCall } from './harness/call.ts';
import { AUDIBLE, listen, longestSilence } from './harness/hearing.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { identityOf, TOLD_WITHIN_MS, tileOf } from './harness/seeing.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';
import { workersOf } from './harness/workers.ts';

let server: TestServer;
let ada: Person;
let budi: Person;
let link: string;
let roomId: string;

beforeAll(async () => {
  [ada, budi] = await Promise.all([
    openPerson({ likeness: LIKENESSES.ada }),
    openPerson({ likeness: LIKENESSES.budi }),
  ]);
});
afterAll(() => Promise.all([ada?.close(), budi?.close()]));

beforeEach(async () => {
  // One worker: the one that dies is the one that carries the room.
  server = await startTestServer({ BALAI_WORKERS: '1' });
  ({ link, roomId } = await createRoom(server, await register(server, 'Host')));
  await joinAsGuest(ada, link, 'Ada');
  await joinAsGuest(budi, link, 'Budi');
});
afterEach(async () => {
  // The pages let go of the server before it goes.
  await Promise.all([ada, budi].map(({ page }) => page.goto('about:blank')));
  await server.close();
});

/** Waits for the page to say that it makes the connection again. */
async function waitForReconnecting({ page }: Person): Promise<void> {
  await page.locator('[data-lost="everything"]').getByText('Reconnecting…').waitFor();
}

test('a media worker that is killed is replaced, and people are back without a touch', async () => {
  await waitForCall(ada, budi);
  const [worker, ...others] = workersOf(server);
  if (worker === undefined) throw new Error('the server has no worker');
  expect(others).toEqual([]);

  process.kill(worker, 'SIGKILL');
  await expect.poll(() => workersOf(server)).not.toContain(worker);
  await expect.poll(() => fetch(`${server.url}/readyz`).then(({ status }) => status)).toBe(200);
  await expect.poll(() => workersOf(server)).toHaveLength(1);

  await waitForCall(ada, budi);
  expect(server.process.child.exitCode).toBeNull();
});

test('a flood of malformed messages ends with the flooder’s stay, and nobody misses a sound', async () => {
  await waitForCall(ada, budi);
  const answer = await fetch(`${server.url}/v1/rooms/${roomId}/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Eve' }),
  });
  const { url, token } = (await answer.json()) as JoinAnswer;
  const startedAt = Date.now();
  const { replies, received } = await flood({
    url,
    handshake: handshakeOf(token),
    kind: 'rubbish',
    messages: 1_000,
    foreignTransportId: 'none-of-mine',
  });
  const endedAt = Date.now();
  expect(received.at(-1)?.event).toBe('goodbye');
  expect(received.at(-1)?.message).toMatchObject({ reason: 'protocol_violation' });
  expect(replies.length).toBeGreaterThan(0);
  expect(replies.every(({ ok }) => !ok)).toBe(true);

  const identity = await identityOf(budi.page);
  const sounds = await listen(ada.page, identity, startedAt - 1_000, endedAt + 1_000);
  const heardAt = sounds.filter(({ level }) => level > AUDIBLE).map(({ at }) => at);
  // The voice pauses by itself for about 200 ms.
  expect(longestSilence(sounds)).toBeLessThan(700);
  expect(heardAt.at(-1)).toBeGreaterThan(endedAt);

  await budi.page.getByRole('button', { name: 'Mute microphone' }).click();
  await tileOf(ada.page, identity)
    .and(ada.page.locator('[data-muted]'))
    .waitFor({ timeout: TOLD_WITHIN_MS });
});

test('a server that is told to stop tells everybody, and ends with status 0', async () => {
  await waitForCall(ada, budi);
  server.process.child.kill('SIGTERM');
  await Promise.all([waitForReconnecting(ada), waitForReconnecting(budi)]);
  expect(await server.process.exited).toBe(0);
});

test('a server that dies without a word leaves people who may leave, too', async () => {
  server.process.child.kill('SIGKILL');
  await ada.page.locator('[data-lost]').getByText('Reconnecting…').waitFor();
  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ada.page.locator('[data-code="client_initiated"]').waitFor();
});
