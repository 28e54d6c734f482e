import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForCall } from './harness/call.ts';
import { lossesOf, waitForLoss, watchConnection } from './harness/continuity.ts';
import { AUDIBLE, listen, longestSilence } from './harness/hearing.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { identityOf, tileOf, waitForFrames } from './harness/seeing.ts';
import {
  type Account,
  createRoom,
  register,
  startTestServer,
  type TestServer,
} from './harness/test-server.ts';
import { workersOf } from './harness/workers.ts';

/** Two people who talk in a room of their own. */
interface Call {
  readonly ada: Person;
  readonly budi: Person;
}

let server: TestServer;
let host: Account;
const opened: Person[] = [];

beforeAll(async () => {
  // Rooms go to the least loaded worker, so two rooms are on two workers.
  server = await startTestServer({ BALAI_WORKERS: '2' });
  host = await register(server, 'Host');
});
afterAll(async () => {
  await Promise.all(opened.map((person) => person.close()));
  await server?.close();
});

async function open(likeness: (typeof LIKENESSES)[keyof typeof LIKENESSES]): Promise<Person> {
  const person = await openPerson({ likeness });
  opened.push(person);
  return person;
}

async function startCall(): Promise<Call> {
  const { link } = await createRoom(server, host);
  const [ada, budi] = await Promise.all([open(LIKENESSES.ada), open(LIKENESSES.budi)]);
  await joinAsGuest(ada, link, 'Ada');
  await joinAsGuest(budi, link, 'Budi');
  await waitForCall(ada, budi);
  return { ada, budi };
}

/** The call whose people lost their media, once they have it back. */
async function waitForReturn(calls: readonly Call[]): Promise<Call> {
  return await Promise.any(
    calls.map(async (call) => {
      await waitForLoss(call.ada.page, null);
      return call;
    }),
  );
}

test('a media worker that dies interrupts its own room, and no other', async () => {
  const calls = [await startCall(), await startCall()];
  await Promise.all(calls.map(({ ada }) => watchConnection(ada.page)));
  const [worker, other] = workersOf(server);
  if (worker === undefined || other === undefined) throw new Error('the server has no two workers');

  const killedAt = Date.now();
  process.kill(worker, 'SIGKILL');
  // The room of the dead worker opens again on another one, and its people are back in it.
  const lost = await waitForReturn(calls);
  const spared = calls.find((call) => call !== lost);
  if (spared === undefined) throw new Error('there is no other call');
  await waitForCall(lost.ada, lost.budi);
  expect(await lossesOf(spared.ada.page)).toEqual([]);

  const identity = await identityOf(spared.budi.page);
  const until = Math.max(Date.now(), killedAt + 3_000);
  const sounds = await listen(spared.ada.page, identity, killedAt - 1_000, until);
  const heardAt = sounds.filter(({ level }) => level > AUDIBLE).map(({ at }) => at);
  expect(heardAt.at(-1)).toBeGreaterThan(killedAt + 1_000);
  // A busy machine stutters; a connection that has to be made anew takes longer.
  expect(longestSilence(sounds)).toBeLessThan(3_000);
  await waitForFrames(tileOf(spared.ada.page, identity), 12);
  expect(workersOf(server)).toContain(other);
  expect(await fetch(`${server.url}/readyz`).then(({ status }) => status)).toBe(200);
});
