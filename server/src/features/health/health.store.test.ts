import type { Readiness } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const ready = () => api.request<Readiness>('/readyz');

describe('readiness', () => {
  test('is given with both stores and a worker', async () => {
    expect(await ready()).toMatchObject({
      status: 200,
      body: { ready: true, checks: { database: true, redis: true, workers: true } },
    });
  });

  test('is lost without a worker', async () => {
    api.world.workers = 0;
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, checks: { database: true, redis: true, workers: false } },
    });
  });

  test('is lost without the database', async () => {
    await api.stores.database.close();
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, checks: { database: false, redis: true, workers: true } },
    });
  });

  test('is lost without Redis', async () => {
    await api.stores.redis.close();
    expect(await ready()).toMatchObject({
      status: 503,
      body: { ready: false, checks: { database: true, redis: false, workers: true } },
    });
  });

  test('is lost while the server stops, though it is alive', async () => {
    api.world.isDraining = true;
    expect(await ready()).toMatchObject({ status: 503, body: { ready: false } });
    expect(await api.request('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});
