import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepConnections, mediaPathsOf } from './harness/connections.ts';
import { waitForVoice } from './harness/hearing.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { hueDistance, identityOf, look, tileOf, waitForFrames } from './harness/seeing.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

let server: TestServer;
let link: string;
/** Behind a network that takes TCP only. */
let ada: Person;
/** On an ordinary network. */
let budi: Person;

beforeAll(async () => {
  server = await startTestServer();
  ({ link } = await createRoom(server, await register(server, 'Host')));
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

test('who chooses TCP sends and receives media over TCP alone', async () => {
  const { page } = ada;
  await page.goto(link);
  await page.getByText('Network', { exact: true }).click();
  await page.getByLabel('Use TCP only').check();
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await page.getByRole('button', { name: 'Leave', exact: true }).waitFor();
  await joinAsGuest(budi, link, 'Budi');

  const sides = [
    { at: ada.page, of: budi.page, likeness: LIKENESSES.budi },
    { at: budi.page, of: ada.page, likeness: LIKENESSES.ada },
  ];
  for (const { at, of, likeness } of sides) {
    const identity = await identityOf(of);
    const tile = tileOf(at, identity);
    await waitForFrames(tile, 12);
    const seen = await look(tile);
    expect(seen.contrast).toBeGreaterThan(15);
    expect(hueDistance(seen.cornerHue, likeness.portrait.hue)).toBeLessThan(30);
    await waitForVoice(at, identity, likeness.voiceHz);
  }

  const overTcp = await mediaPathsOf(ada.page, 2);
  expect(overTcp.map(({ protocol }) => protocol)).toEqual(['tcp', 'tcp']);
  expect(overTcp.flatMap(({ triedProtocols }) => triedProtocols)).toEqual(['tcp', 'tcp']);
  expect(overTcp.some(({ bytesSent }) => bytesSent > 10_000)).toBe(true);
  expect(overTcp.some(({ bytesReceived }) => bytesReceived > 10_000)).toBe(true);
  // That the one beside takes UDP shows that the choice made the difference.
  const overUdp = await mediaPathsOf(budi.page, 2);
  expect(overUdp.map(({ protocol }) => protocol)).toEqual(['udp', 'udp']);
});

test('the choice is kept for the next visit, and can be taken back', async () => {
  const { page } = ada;
  await page.goto(link);
  const choice = page.getByLabel('Use TCP only');
  await choice.waitFor();
  expect(await choice.isChecked()).toBe(true);
  await choice.uncheck();
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  const paths = await mediaPathsOf(page, 2);
  expect(paths.map(({ protocol }) => protocol)).toEqual(['udp', 'udp']);
});
