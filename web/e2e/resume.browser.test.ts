import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../server/test/cuttable-proxy.ts';
import { waitForCall } from './harness/call.ts';
import {
  longestPause,
  lossesOf,
  waitForLoss,
  watchArrivals,
  watchConnection,
} from './harness/continuity.ts';
import { waitForVoice } from './harness/hearing.ts';
import { makeNetwork, type TestNetwork, whereNetworksAreMade } from './harness/network.ts';
import { joinAsGuest, LIKENESSES, openPerson, type Person } from './harness/person.ts';
import { identityOf, TOLD_WITHIN_MS, tileOf, waitForFrames } from './harness/seeing.ts';
import { createRoom, register, startTestServer, type TestServer } from './harness/test-server.ts';

const { ada: ADA, budi: BUDI } = LIKENESSES;
/** Ping interval and ping timeout, and the time to show it. */
const NOTICED_WITHIN_MS = 4_000;
/** Of what is seen while nothing but the socket is lost. */
const LONGEST_PAUSE_MS = 200;

let server: TestServer;
let ada: Person;
let budi: Person;
/** To take apart after each test, the last first. */
const parts: (() => unknown)[] = [];

afterEach(async () => {
  for (const takeApart of parts.splice(0).toReversed()) await takeApart();
});

/** @param origin Under which Ada reaches the server. */
async function meet(origin: string, options: Parameters<typeof openPerson>[0] = {}): Promise<void> {
  const { link, roomId } = await createRoom(server, await register(server, 'Host'));
  [ada, budi] = await Promise.all([
    openPerson({ likeness: ADA, ...options }),
    openPerson({ likeness: BUDI }),
  ]);
  parts.push(
    () => ada.close(),
    () => budi.close(),
  );
  await joinAsGuest(ada, `${origin}/r/${roomId}`, 'Ada');
  await joinAsGuest(budi, link, 'Budi');
  await waitForCall(ada, budi);
  await Promise.all([watchConnection(ada.page), watchConnection(budi.page)]);
}

const saidOf = async ({ page }: Person) => (await lossesOf(page)).map(({ lost }) => lost);

describe('a socket that is lost while media flows', () => {
  let proxy: CuttableProxy;

  beforeEach(async () => {
    server = await startTestServer();
    parts.push(() => server.close());
    proxy = await startCuttableProxy(server.url, 80);
    parts.push(() => proxy.close());
    await meet(new URL(proxy.url).origin);
  });

  test('is replaced while frames go on coming without a pause, and what happened meanwhile is known (SPEC 8.1, 8.2)', async () => {
    const budisTile = tileOf(ada.page, await identityOf(budi.page));
    await watchArrivals(budisTile);
    for (let round = 0; round < 3; round += 1) {
      await proxy.cut();
      await waitForLoss(ada.page, 'signal');
      await waitForFrames(budisTile, 6);
      const name = round % 2 === 0 ? 'Mute microphone' : 'Unmute microphone';
      await budi.page.getByRole('button', { name }).click();
      await proxy.mend();
      await waitForLoss(ada.page, null);
      const muted = budisTile.and(ada.page.locator('[data-muted]'));
      await muted.waitFor({ state: round % 2 === 0 ? 'attached' : 'detached' });
    }
    await waitForFrames(budisTile, 6);
    expect(await longestPause(ada.page)).toBeLessThan(LONGEST_PAUSE_MS);
    expect(await saidOf(ada)).toEqual(['signal', null, 'signal', null, 'signal', null]);
    expect(await saidOf(budi)).toEqual([]);
  });

  test('without a word is noticed within 4 s', async () => {
    const budisTile = tileOf(ada.page, await identityOf(budi.page));
    await watchArrivals(budisTile);
    const blockedAt = Date.now();
    proxy.block();
    await waitForLoss(ada.page, 'signal');
    const [loss] = await lossesOf(ada.page);
    expect((loss?.at ?? Number.NaN) - blockedAt).toBeLessThan(NOTICED_WITHIN_MS);
    const adasTile = tileOf(budi.page, await identityOf(ada.page));
    const isLost = adasTile.and(budi.page.locator('[data-quality="lost"]'));
    await isLost.waitFor();
    await proxy.cut();
    await proxy.mend();
    await waitForLoss(ada.page, null);
    await isLost.waitFor({ state: 'detached' });
    expect(await longestPause(ada.page)).toBeLessThan(LONGEST_PAUSE_MS);
  });
});

describe('a network that is cut', whereNetworksAreMade, () => {
  let network: TestNetwork;

  beforeEach(async () => {
    network = makeNetwork();
    parts.push(() => network.close());
    server = await startTestServer({ BALAI_HOST: '0.0.0.0' });
    parts.push(() => server.close());
    const origin = `http://${network.hostAddress}:${new URL(server.url).port}`;
    await meet(origin, { network: network.name, trustedOrigin: origin });
  });

  test('for 5 s is noticed within 4 s, and the call goes on as it was (SPEC 8.2, 8.10)', async () => {
    const cutAt = Date.now();
    network.cut();
    await waitForLoss(ada.page, 'signal');
    const [loss] = await lossesOf(ada.page);
    expect((loss?.at ?? Number.NaN) - cutAt).toBeLessThan(NOTICED_WITHIN_MS);
    await new Promise((resolve) => setTimeout(resolve, cutAt + 5_000 - Date.now()));
    network.mend();
    const mendedAt = Date.now();
    await waitForLoss(ada.page, null);
    await waitForCall(ada, budi);
    console.info(`after 5 s without network the call was back within ${Date.now() - mendedAt} ms`);
    expect(await saidOf(ada)).toEqual(['signal', null]);
    // Nobody heard that she was away.
    expect(await saidOf(budi)).toEqual([]);
    expect(await budi.page.getByText('Ada left').count()).toBe(0);
  });

  test('and is another one then, with another address, carries the same call (SPEC 8.2, 8.10)', async () => {
    const changedAt = Date.now();
    network.changeAddress();
    await waitForLoss(ada.page, 'signal');
    await waitForLoss(ada.page, null);
    await waitForFrames(tileOf(ada.page, await identityOf(budi.page)), 12);
    await waitForFrames(tileOf(budi.page, await identityOf(ada.page)), 12);
    console.info(`after the change of address media was back within ${Date.now() - changedAt} ms`);
    await waitForCall(ada, budi);
    expect(await saidOf(ada)).toEqual(['signal', null]);
    expect(await budi.page.getByText('Ada left').count()).toBe(0);
  });

  test('for longer than the server waits: the room is joined anew, with everything in it', async () => {
    network.cut();
    // Who hears first is open, and the notice goes away by itself.
    await Promise.all([
      waitForLoss(ada.page, 'everything'),
      budi.page.getByText('Ada left').waitFor({ timeout: 45_000 }),
    ]);
    network.mend();
    await waitForLoss(ada.page, null);
    await waitForCall(ada, budi);
  });
});

describe('a server', () => {
  beforeEach(async () => {
    server = await startTestServer();
    parts.push(() => server.close());
    await meet(server.url);
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'that is restarted with %s has everybody back in the call, as they were, without a touch',
    async (signal) => {
      await budi.page.getByRole('button', { name: 'Turn camera off' }).click();
      await server.restart(signal);
      await Promise.all([waitForLoss(ada.page, null), waitForLoss(budi.page, null)]);
      expect(await saidOf(ada)).toContain('everything');
      const identity = await identityOf(ada.page);
      await waitForFrames(tileOf(budi.page, identity), 6);
      await waitForVoice(budi.page, identity, ADA.voiceHz);
      await waitForVoice(ada.page, await identityOf(budi.page), BUDI.voiceHz);
      // The camera was off, and opens in the same place.
      await budi.page.getByRole('button', { name: 'Turn camera on' }).click();
      await waitForCall(ada, budi);
    },
  );

  test('hears of a page that is closed or left, and so do the others, at once (SPEC 4.4)', async () => {
    const identity = await identityOf(ada.page);
    const tile = tileOf(budi.page, identity);
    await ada.page.goto('about:blank');
    await tile.waitFor({ state: 'detached', timeout: TOLD_WITHIN_MS });
  });
});
