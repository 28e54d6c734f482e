import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestStores, silentLogger, type TestStores } from '../../../test/test-stores.ts';
import { housekeepingTurnKey } from '../../store/redis/keys.ts';
import { createCleaningJobs } from './cleaning-jobs.ts';
import { Housekeeping, type Job } from './housekeeping.ts';
import { createTurns } from './turns.ts';

const INTERVAL_MS = 50;
const instances: Housekeeping[] = [];
let stores: TestStores;
beforeAll(async () => {
  stores = await createTestStores();
});
afterEach(async () => {
  await Promise.all(instances.splice(0).map((instance) => instance.close()));
});
afterAll(() => stores.close());

/** One replica. */
function start(...jobs: readonly Job[]): Housekeeping {
  const instance = new Housekeeping({
    jobs,
    turns: createTurns(stores.redis),
    logger: silentLogger,
  });
  instances.push(instance);
  return instance;
}

const job = (name: string, run: () => Promise<undefined>): Job => ({
  name,
  intervalMs: INTERVAL_MS,
  run,
});

test('two replicas run a job one at a time, and no more often than its interval says', async () => {
  const name = randomUUID();
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const run = async (): Promise<undefined> => {
    begun.push(performance.now());
    running += 1;
    most = Math.max(most, running);
    // Longer than the interval: the turn must be kept.
    await stores.owner.query('SELECT pg_sleep(0.12)');
    running -= 1;
  };
  start(job(name, run));
  start(job(name, run));
  await vi.waitFor(() => expect(begun.length).toBeGreaterThan(4), { timeout: 10_000 });
  expect(most).toBe(1);
  for (const [index, at] of begun.slice(1).entries()) {
    expect(at - (begun[index] ?? 0)).toBeGreaterThan(INTERVAL_MS - 5);
  }
});

test('a replica takes over from one that is gone', async () => {
  const name = randomUUID();
  const ran: string[] = [];
  const first = start(
    job(name, async () => {
      ran.push('first');
      return undefined;
    }),
  );
  await vi.waitFor(() => expect(ran).toContain('first'), { timeout: 5_000 });
  start(
    job(name, async () => {
      ran.push('second');
      return undefined;
    }),
  );
  await first.close();
  const before = ran.length;
  await vi.waitFor(() => expect(ran.slice(before)).toContain('second'), { timeout: 5_000 });
  expect(ran.slice(before)).not.toContain('first');
});

test('a job that fails runs again, and does not disturb the others', async () => {
  let failures = 0;
  let successes = 0;
  start(
    job(randomUUID(), async () => {
      failures += 1;
      throw new Error('no');
    }),
    job(randomUUID(), async () => {
      successes += 1;
      return undefined;
    }),
  );
  await vi.waitFor(() => expect(Math.min(failures, successes)).toBeGreaterThan(2), {
    timeout: 5_000,
  });
});

test('closing waits for the job under way, and begins nothing more', async () => {
  const name = randomUUID();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  let runs = 0;
  let isDone = false;
  const instance = start(
    job(name, async () => {
      runs += 1;
      begin();
      await stores.owner.query('SELECT pg_sleep(0.1)');
      isDone = true;
      return undefined;
    }),
  );
  await begun;
  await instance.close();
  expect(isDone).toBe(true);
  // Its turn ends by itself: nobody is locked out by who stopped.
  await vi.waitFor(
    async () => expect(await stores.redis.client.exists(housekeepingTurnKey(name))).toBe(0),
    { timeout: 5_000 },
  );
  expect(runs).toBe(1);
});

test('expired sessions and old answers are deleted on schedule', async () => {
  const userId = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`,
    [userId],
  );
  await stores.owner.query(
    `INSERT INTO user_sessions (user_id, token, family, expires_at)
     VALUES ($1, 'old', 'old', now() - interval '1 s'), ($1, 'new', 'new', now() + interval '1 h')`,
    [userId],
  );
  await stores.owner.query(
    `INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, created_at)
     VALUES ($1, 'old', 'h', now() - interval '25 h'), ($1, 'new', 'h', now() - interval '23 h')`,
    [userId],
  );
  start(
    ...createCleaningJobs(stores.database, { intervalMs: INTERVAL_MS, guestsKeptMs: undefined }),
  );
  await vi.waitFor(
    async () => {
      expect(await stores.owner.query('SELECT token FROM user_sessions')).toEqual([
        { token: 'new' },
      ]);
      expect(await stores.owner.query('SELECT idempotency_key FROM idempotency_keys')).toEqual([
        { idempotency_key: 'new' },
      ]);
    },
    { timeout: 5_000 },
  );
});
