import { afterEach, describe, expect, test } from 'vitest';
import { seriousFaultsOf, sidewaysScrollOf } from './harness/accessibility.ts';
import { makeNetwork, whereNetworksAreMade } from './harness/network.ts';
import { openPerson, type Person } from './harness/person.ts';
import { startTestServer, type TestServer } from './harness/test-server.ts';
import { startTurnServer } from './harness/turn-server.ts';

/** To take apart after each test, the last first. */
const parts: (() => unknown)[] = [];
afterEach(async () => {
  for (const takeApart of parts.splice(0).toReversed()) await takeApart();
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startTestServer(settings);
  parts.push(() => server.close());
  return server;
}

async function open(options: Parameters<typeof openPerson>[0]): Promise<Person> {
  const person = await openPerson(options);
  parts.push(() => person.close());
  return person;
}

/** Runs the check on the page, and waits for its end. */
async function check({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Start check' }).click();
  await page.locator('[data-verdict]').waitFor({ timeout: 100_000 });
}

/** How each check ended. */
async function statusesOf({ page }: Person): Promise<Record<string, string>> {
  return await page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll<HTMLElement>('[data-check]')].map((item) => {
        const code = item.querySelector<HTMLElement>('[data-code]')?.dataset['code'];
        const status = item.dataset['status'];
        return [item.dataset['check'], code === undefined ? status : `${status}: ${code}`];
      }),
    ),
  );
}

async function foundBy({ page }: Person, name: string): Promise<string> {
  return await page.locator(`[data-check="${name}"]`).innerText();
}

async function reportOf({ page }: Person): Promise<string> {
  await page.getByRole('button', { name: 'Copy report' }).click();
  await page.getByText('Copied.').waitFor();
  return await page.evaluate(() => navigator.clipboard.readText());
}

describe('the check of the connection', () => {
  test('finds everything well where it is, the TURN server too, without devices, on a phone', async () => {
    const turn = await startTurnServer();
    parts.push(() => turn.close());
    const server = await start(turn.settings);
    const person = await open({
      devices: 'none',
      context: { viewport: { width: 390, height: 844 }, hasTouch: true },
    });
    const { page, context } = person;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(server.url);
    await page.getByRole('link', { name: 'Check your connection' }).click();
    await page.getByRole('heading', { name: 'Connection check' }).waitFor();
    expect(await seriousFaultsOf(page)).toEqual([]);

    await check(person);
    expect(await statusesOf(person)).toEqual({
      signalling: 'success',
      udp: 'success',
      tcp: 'success',
      turn: 'success',
      publish: 'success',
      receive: 'success',
      bandwidth: 'success',
    });
    await page.getByText('Meetings work from here', { exact: true }).waitFor();
    expect(await foundBy(person, 'turn')).toContain('relay over UDP');
    expect(await foundBy(person, 'publish')).toMatch(/640 × 360 pixels.*VP8.*Sound \d+ kbit/);
    expect(await foundBy(person, 'bandwidth')).toMatch(/Up .*bit\/s, down .*bit\/s/);
    expect(await seriousFaultsOf(page)).toEqual([]);
    expect(await sidewaysScrollOf(page)).toBe(0);
    const report = await reportOf(person);
    expect(report).toContain(`Server: ${server.url}`);
    expect(report).toContain('Media over UDP: success');
  });

  test('finds the way over TCP in a network that swallows UDP, and says so', {
    // Two checks, in the first of which one waits for its deadline.
    ...whereNetworksAreMade,
    timeout: 240_000,
  }, async () => {
    const network = makeNetwork();
    parts.push(() => network.close());
    const server = await start({ BALAI_HOST: '0.0.0.0' });
    const origin = `http://${network.hostAddress}:${new URL(server.url).port}`;
    const person = await open({
      devices: 'none',
      network: network.name,
      trustedOrigin: origin,
    });
    network.blockUdp();
    await person.page.goto(`${origin}/check`);
    await check(person);
    expect(await statusesOf(person)).toEqual({
      signalling: 'success',
      udp: 'failed: media_connection_failed',
      tcp: 'success',
      turn: 'skipped: turn_not_offered',
      publish: 'success',
      receive: 'success',
      bandwidth: 'success',
    });
    await person.page.getByText('Meetings work, with some delay', { exact: true }).waitFor();
    expect(await foundBy(person, 'udp')).toContain('Your network blocks UDP.');

    // The same page, once the network lets UDP through.
    network.mend();
    await person.page.getByRole('button', { name: 'Check again' }).click();
    await person.page
      .getByText('Meetings work from here', { exact: true })
      .waitFor({ timeout: 100_000 });
    expect(await statusesOf(person)).toMatchObject({ udp: 'success', tcp: 'success' });
  });
});
