import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForCall } from './harness/call.ts';
import { keepConnections, mediaPathsOf } from './harness/connections.ts';
import { lossesOf, waitForLoss, watchConnection } from './harness/continuity.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';
import { cpuSecondsOf, floodPort, udpPortsOf, workerAt, workersOf } from './harness/workers.ts';

let server: TestServer;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  // Above what two people take, and below what a flood does that has to share two cores with browsers.
  server = await startTestServer({
    BALAI_WORKERS: '2',
    BALAI_WORKER_SPILL_PERCENT: '4',
    BALAI_WORKER_FULL_PERCENT: '8',
  });
  [ada, budi] = await Promise.all([
    openPerson({ likeness: LIKENESSES.ada }),
    openPerson({ likeness: LIKENESSES.budi }),
  ]);
  await Promise.all([ada, budi].map(({ context }) => context.addInitScript(keepConnections)));
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close()]);
  await server?.close();
});

/** The media worker that somebody is connected to, with all of so many transports. */
async function workerOf({ page }: Person, transports: number): Promise<number> {
  const paths = await mediaPathsOf(page, transports);
  const [worker, ...others] = new Set(paths.map(({ serverPort }) => workerAt(server, serverPort)));
  if (worker === undefined || others.length > 0) throw new Error('both are on one worker');
  return worker;
}

/** Waits until a process has taken more than this of a core, over more than two seconds. */
async function waitForWork(pid: number, share: number): Promise<void> {
  const looks: { readonly at: number; readonly cpu: number }[] = [];
  await expect
    .poll(
      () => {
        looks.push({ at: performance.now(), cpu: cpuSecondsOf(pid) });
        const last = looks.at(-1);
        const first = looks.findLast(({ at }) => last !== undefined && last.at - at > 2_200);
        if (last === undefined || first === undefined) return 0;
        return ((last.cpu - first.cpu) * 1_000) / (last.at - first.at);
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBeGreaterThan(share);
}

test('two people of one room on two workers see and hear each other, and one that dies takes only its own', async () => {
  const { link } = await createRoom(server, await register(server, 'Host'));
  await joinAsGuest(ada, link, 'Ada');
  // Nobody sends her anything yet.
  const workerOfAda = await workerOf(ada, 1);
  await budi.page.goto(link);
  await budi.page.getByLabel('Your name').fill('Budi');
  // Whatever keeps a worker busy: the room goes on elsewhere.
  const [endpoint] = udpPortsOf(workerOfAda);
  if (endpoint === undefined) throw new Error('the worker has no port');
  const endFlood = floodPort(endpoint);
  try {
    await waitForWork(workerOfAda, 0.12);
    await budi.page.getByRole('button', { name: 'Join', exact: true }).click();
    await budi.page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  } finally {
    await endFlood();
  }
  const workerOfBudi = await workerOf(budi, 2);
  expect(workerOfBudi).not.toBe(workerOfAda);
  await waitForCall(ada, budi);

  await Promise.all([ada, budi].map(({ page }) => watchConnection(page)));
  process.kill(workerOfAda, 'SIGKILL');
  await waitForLoss(ada.page, null);
  await waitForCall(ada, budi);
  expect(await lossesOf(budi.page)).toEqual([]);
  expect(await workerOf(budi, 2)).toBe(workerOfBudi);
  await expect.poll(() => workersOf(server)).toHaveLength(2);
});
