import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { createLogger } from '../../kernel/logger.ts';
import { createHttpApp } from './http-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'balai-web-'));
const webRoot = join(folder, 'dist');
mkdirSync(join(webRoot, 'assets'), { recursive: true });
writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Balai</title>');
writeFileSync(join(webRoot, 'assets', 'main-a1b2c3.js'), 'start()');
writeFileSync(join(webRoot, 'icon.svg'), '<svg/>');
writeFileSync(join(webRoot, '.env'), 'secret');
writeFileSync(join(folder, 'outside.txt'), 'secret');

let server: Server;
let url: string;
beforeAll(async () => {
  const refuse = () => Promise.reject(new AppError('unauthorized'));
  const app = createHttpApp({
    routes: [],
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
    webRoot,
    logger: createLogger('silent'),
  });
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const open = (path: string, accept = 'text/html') =>
  fetch(`${url}${path}`, { headers: { accept } });

describe('the web app', () => {
  test.each(['/', '/rooms', '/room/3f0c/preview', '/sign-in?next=/rooms'])(
    'is one page, asked for anew each time, at %s',
    async (path) => {
      const answer = await open(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(await answer.text()).toContain('<title>Balai</title>');
    },
  );

  test('has assets that are kept for ever', async () => {
    const answer = await open('/assets/main-a1b2c3.js', '*/*');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toContain('javascript');
  });

  test('has other files that are asked for anew', async () => {
    const answer = await open('/icon.svg', '*/*');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  test.each([
    '/assets/gone-d4e5f6.js',
    '/gone.png',
    '/v1/rooms/x',
    '/.env',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
  ])('is not answered at %s', async (path) => {
    const answer = await open(path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.text()).not.toContain('secret');
  });

  test('is not answered to a program that wants JSON', async () => {
    const answer = await open('/rooms', 'application/json');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'not_found' } });
  });
});
