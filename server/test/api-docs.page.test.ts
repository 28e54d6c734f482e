import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../client-sdk/test/browser.ts';
import { createHttpApp } from '../src/edge/http/http-app.ts';
import { chatRoutes } from '../src/features/chat/routes.ts';
import { roomRoutes } from '../src/features/rooms/routes.ts';
import { AppError } from '../src/kernel/app-error.ts';
import { createLogger } from '../src/kernel/logger.ts';

let browser: Browser;
let server: Server;
let url: string;

beforeAll(async () => {
  browser = await launchChromium();
  const refuse = () => Promise.reject(new AppError('unauthorized'));
  // Routes call nothing before a request comes, and none does.
  const routes = [
    ...roomRoutes({} as never),
    ...chatRoutes({} as never, { maxBytes: 1_000, types: ['image/png'] }),
  ];
  const app = createHttpApp({
    routes,
    verifyAccessToken: refuse,
    verifyRoomToken: refuse,
    verifyServiceToken: refuse,
    requireAdmin: refuse,
    idempotency: { runOnce: refuse },
    useLimit: () => Promise.resolve(),
    useUserLimit: () => Promise.resolve(),
    publicUrl: undefined,
    trustProxy: 0,
    corsOrigins: [],
    webRoot: '/nowhere',
    logger: createLogger('silent'),
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('the page of the API shows every operation, under the content security policy, from here alone', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) {
      foreign.push(request.url());
    }
  });
  await page.goto(`${url}/docs`);
  const operations = page.locator('.opblock');
  await operations.first().waitFor();
  await expect.poll(() => operations.count()).toBe(12);
  await page.getByText('/v1/rooms/{roomId}/cancel').click();
  await page.getByRole('button', { name: 'Try it out' }).waitFor();
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
  await page.close();
});
