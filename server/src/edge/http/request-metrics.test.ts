import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureRequests } from './request-metrics.ts';

const counted: string[] = [];
let url: string;
let close: () => void;

beforeAll(async () => {
  const app = express();
  app.use(
    measureRequests({
      count: (_name, labels) => counted.push(Object.values(labels).join(' ')),
      observe: () => undefined,
    }),
  );
  app.get('/v1/rooms/:roomId', (_request, response) => {
    response.json({});
  });
  app.get('/v1/never', () => undefined);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterAll(() => close());

test('requests are counted by route, never by path, whatever comes', async () => {
  await fetch(`${url}/v1/rooms/4711`);
  await fetch(`${url}/wp-admin/4711`);
  await fetch(`${url}/v1/rooms/4711`, { method: 'PROPFIND' });
  await expect(fetch(`${url}/v1/never`, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  await expect
    .poll(() => counted)
    .toEqual([
      'GET /v1/rooms/:roomId 200',
      'GET other 404',
      'other other 404',
      'GET /v1/never aborted',
    ]);
});
