import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { metricsPage } from './metrics-page.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const METRICS = {
  expose: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'balai_rooms 1\n' }),
};

async function serve(token?: string): Promise<string> {
  const server = createServer(metricsPage(METRICS, token)).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the page is read by whoever reaches it, where no token is wanted', async () => {
  const answer = await fetch(`${await serve()}/metrics?x=1`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  expect(await answer.text()).toBe('balai_rooms 1\n');
});

test('with a token it is read by who sends it, and by nobody else', async () => {
  const url = `${await serve('a-long-random-text')}/metrics`;
  const statusOf = async (authorization?: string) =>
    (await fetch(url, { headers: authorization === undefined ? {} : { authorization } })).status;
  expect(await statusOf()).toBe(401);
  expect(await statusOf('Bearer ')).toBe(401);
  expect(await statusOf('Bearer a-long-random-tex')).toBe(401);
  expect(await statusOf('Basic a-long-random-text')).toBe(401);
  expect(await statusOf('bearer a-long-random-text')).toBe(200);
});

test('there is nothing else to be had', async () => {
  const url = await serve();
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
});
