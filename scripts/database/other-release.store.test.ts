/** From one release of PostgreSQL to another, and with the client programs of a third. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onlyWhere } from '../../server/test/only-where.ts';
import {
  createTestDatabase,
  prepareTestDatabase,
  type TestDatabase,
} from '../../server/test/test-stores.ts';
import { type Postgres, startPostgres } from '../setup/engines/postgres.ts';
import { backUp } from './backup.ts';
import { bringClientTools } from './bring-client-tools.ts';
import type { ClientTools } from './client-tools.ts';
import { fillEveryTable, readEveryTable } from './database-contents.fixture.ts';
import { restore } from './restore.ts';

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';
const { signal } = new AbortController();

async function onClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const where15 = onlyWhere(
  existsSync(join(DEBIAN_15, 'initdb')),
  "Debian's PostgreSQL 15 (postgresql-15)",
);

describe('a backup of PostgreSQL 15', where15, () => {
  let folder: string;
  let old: Postgres;
  let target: TestDatabase;
  let newTools: ClientTools;
  let rows: Record<string, string[]>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'balai-release-'));
    chmodSync(folder, 0o711);
    const programs = { postgres: join(DEBIAN_15, 'postgres'), initdb: join(DEBIAN_15, 'initdb') };
    old = await startPostgres({
      folder: join(folder, 'postgres'),
      isDurable: false,
      signal,
      binaries: { ...programs, share: '/usr/share/postgresql/15' },
    });
    target = await createTestDatabase({ isMigrated: false });
    newTools = await bringClientTools(17, signal);
    await prepareTestDatabase(old.url);
    await onClient(old.url, fillEveryTable);
    rows = await onClient(old.url, readEveryTable);
  }, 300_000);
  afterAll(async () => {
    await target.drop();
    await old.stop();
    rmSync(folder, { recursive: true });
  });

  const options = () => ({
    url: old.url,
    folder: join(folder, 'backups'),
    mode: 'full' as const,
    compression: 6,
    maxAgeDays: 30,
    signal,
  });

  test('made by newer programs goes back into 15', async () => {
    const { path } = await backUp({ ...options(), tools: newTools });
    await onClient(old.superuserUrl, (client) =>
      client.query('CREATE DATABASE second OWNER balai'),
    );
    const url = old.url.replace(/balai$/, 'second');
    await restore({ url, folder: path, isForced: false, signal, tools: newTools });
    expect(await onClient(url, readEveryTable)).toEqual(rows);
  }, 120_000);

  test('goes into the newest release, under its own owner or by a superuser only', async () => {
    const { path } = await backUp({ ...options(), folder: join(folder, 'others') });
    await expect(
      restore({ url: target.url, folder: path, isForced: false, signal }),
    ).rejects.toThrow(/database of balai: restore it as that role, or as a superuser/);
    const url = new URL(process.env['BALAI_TEST_DATABASE_URL'] ?? '');
    url.pathname = new URL(target.url).pathname;
    await restore({ url: url.href, folder: path, isForced: false, signal });
    expect(await onClient(url.href, readEveryTable)).toEqual(rows);
  }, 120_000);
});
