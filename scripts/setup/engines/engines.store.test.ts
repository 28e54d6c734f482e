/** Real engines, real kills. Uses its own folders, not the engines of the other tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findProcessesIn, haveEnded, stopProcesses } from '../processes.ts';
import { startPostgres } from './postgres.ts';
import { postgresBinaries } from './postgres-account.ts';
import { startRedis } from './redis.ts';

// Each makes one or two clusters of its own, which takes a busy machine its time.
vi.setConfig({ testTimeout: 90_000 });

const { signal } = new AbortController();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-engines-'));
  chmodSync(folder, 0o711);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** Another process that starts both engines, as `npm start` does, and prints their URLs. */
async function startElsewhere(home: string): Promise<{ child: ChildProcess; urls: string[] }> {
  const program = `
    const { startPostgres } = await import(${JSON.stringify(new URL('postgres.ts', import.meta.url).href)});
    const { startRedis } = await import(${JSON.stringify(new URL('redis.ts', import.meta.url).href)});
    const { signal } = new AbortController();
    const folder = ${JSON.stringify(home)};
    const redis = await startRedis(folder + '/redis', signal);
    const postgres = await startPostgres({ folder: folder + '/postgres', isDurable: true, signal });
    process.stderr.write(redis.url + ' ' + postgres.url);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [urls] = (await once(child.stderr as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, urls: urls.toString().split(' ') };
}

test('PostgreSQL keeps its data from one run to the next, and only its owner can read them', async () => {
  const options = { folder: join(folder, 'postgres'), isDurable: true, signal };
  const first = await startPostgres(options);
  await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  const second = await startPostgres(options);
  try {
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([42]);
    expect(statSync(join(folder, 'postgres', 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'postgres', 'data')).mode & 0o777).toBe(0o700);
  } finally {
    await second.stop();
  }
});

test('the app’s role owns its database, may create roles, and is no superuser', async () => {
  const postgres = await startPostgres({
    folder: join(folder, 'postgres'),
    isDurable: false,
    signal,
  });
  try {
    const flags =
      'SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user';
    expect(await query(postgres.url, flags)).toEqual([false, false, true]);
    expect(
      await query(
        postgres.superuserUrl,
        'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
      ),
    ).toEqual([true]);
    await expect(
      query(postgres.url.replace(/:[^:@/]+@/, ':wrong@'), 'SELECT 1'),
    ).rejects.toMatchObject({
      code: '28P01',
    });
  } finally {
    await postgres.stop();
  }
});

test('PostgreSQL runs with data and binaries under a folder that only its owner may enter', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const native = join(closed, 'native');
  const { postgres: installed } = await postgresBinaries();
  cpSync(dirname(dirname(installed)), native, { recursive: true, verbatimSymlinks: true });
  const binaries = {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
  };
  const options = { folder: join(closed, 'postgres'), isDurable: false, signal, binaries };
  const postgres = await startPostgres(options);
  try {
    expect(await query(postgres.url, 'SELECT 1')).toEqual([1]);
  } finally {
    await postgres.stop();
  }
});

test('engines end when the process that started them is killed, and the next run finds the data', async () => {
  const { child, urls } = await startElsewhere(folder);
  await query(urls[1] ?? '', 'CREATE TABLE kept AS SELECT 1 AS one');
  const left = [
    ...findProcessesIn(join(folder, 'postgres', 'data'), ['postgres']),
    ...findProcessesIn(join(folder, 'redis'), ['redis-server', 'redis-check-rdb', 'valkey-server']),
  ];
  expect(left.length).toBeGreaterThan(2);
  child.kill('SIGKILL');
  expect(await haveEnded(left, 30_000)).toBe(true);
  const postgres = await startPostgres({
    folder: join(folder, 'postgres'),
    isDurable: true,
    signal,
  });
  expect(await query(postgres.url, 'SELECT one FROM kept')).toEqual([1]);
  await postgres.stop();
});

test('what is left of PostgreSQL when its main process alone is killed does not block the next run', async () => {
  const options = { folder: join(folder, 'postgres'), isDurable: true, signal };
  const first = await startPostgres(options);
  await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
  const all = findProcessesIn(join(folder, 'postgres', 'data'), ['postgres']);
  const main = all
    .toSorted((a, b) => Number(a.startTicks) - Number(b.startTicks) || a.pid - b.pid)
    .slice(0, 1);
  await stopProcesses(main, 'SIGKILL', 30_000);
  expect(await first.ended).toContain('SIGKILL');
  const second = await startPostgres(options);
  expect(await query(second.url, 'SELECT one FROM kept')).toEqual([1]);
  await second.stop();
});

test('a lock file whose process id belongs to another PostgreSQL now does not block the start', async () => {
  const other = await startPostgres({ folder: join(folder, 'other'), isDurable: false, signal });
  const otherPid = findProcessesIn(join(folder, 'other', 'data'), ['postgres'])[0]?.pid;
  const options = { folder: join(folder, 'postgres'), isDurable: true, signal };
  const first = await startPostgres(options);
  await first.stop();
  // pid, folder, start time, port, socket folder, address: as PostgreSQL writes them.
  const data = join(folder, 'postgres', 'data');
  const lines = [otherPid, data, 1, 5432, '', '127.0.0.1', ''];
  writeFileSync(join(data, 'postmaster.pid'), lines.join('\n'));
  const second = await startPostgres(options);
  expect(await query(second.url, 'SELECT 1')).toEqual([1]);
  await second.stop();
  await other.stop();
});

test('engines that still run from an earlier run are stopped first', async () => {
  const options = { folder: join(folder, 'postgres'), isDurable: true, signal };
  const strays = [await startPostgres(options), await startRedis(join(folder, 'redis'), signal)];
  const [postgres, redis] = [
    await startPostgres(options),
    await startRedis(join(folder, 'redis'), signal),
  ];
  await Promise.all(strays.map((stray) => stray.ended));
  expect(await query(postgres.url, 'SELECT 1')).toEqual([1]);
  const client = new Redis(redis.url, { lazyConnect: true });
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  await client.quit();
  await redis.stop();
  await postgres.stop();
});
