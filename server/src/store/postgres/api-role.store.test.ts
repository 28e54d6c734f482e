import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { apiRoleOf, assertConfined } from './api-role.ts';
import { prepareDatabase } from './migrate.ts';
import { createPool, type Pool } from './postgres.ts';

let testDatabase: TestDatabase;
let owner: Pool;
beforeEach(async () => {
  testDatabase = await createTestDatabase({ isMigrated: false });
  owner = createPool(testDatabase.url, silentLogger);
});
afterEach(async () => {
  await owner.close();
  await testDatabase.drop();
});

const prepare = (password = 'first-password', apiUrl?: string) =>
  prepareDatabase({
    ownerUrl: testDatabase.url,
    apiUrl,
    loadApiPassword: async () => password,
    logger: silentLogger,
  });

async function whoIs(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`
      SELECT current_user AS name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb
      FROM pg_roles WHERE rolname = current_user`);
    return rows[0];
  } finally {
    await client.end();
  }
}

describe('the role of the API', () => {
  test('is made with the database’s name, and may do nothing special', async () => {
    const name = apiRoleOf(new URL(testDatabase.url).pathname.slice(1));
    expect(await whoIs(await prepare())).toEqual({
      name,
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
    });
  });

  test('stays as it is at the next start, and takes a new password where the old one is lost', async () => {
    const first = await prepare();
    expect(await prepare()).toBe(first);
    const second = await prepare('second-password');
    await whoIs(second);
    await expect(whoIs(first)).rejects.toMatchObject({ code: '28P01' });
  });

  test('is made once by servers that start at the same time', async () => {
    const urls = await Promise.all([prepare(), prepare(), prepare()]);
    expect(new Set(urls).size).toBe(1);
  });

  test('does not carry the owner’s password', async () => {
    expect(await prepare()).not.toContain(new URL(testDatabase.url).password);
  });

  test('has its password hashed before it is sent', async () => {
    await prepare();
    const superuser = createPool(process.env['BALAI_TEST_DATABASE_URL'] ?? '', silentLogger);
    try {
      const [stored] = await superuser.query<{ hash: string }>(
        'SELECT rolpassword AS hash FROM pg_authid WHERE rolname = $1',
        [apiRoleOf(new URL(testDatabase.url).pathname.slice(1))],
      );
      expect(stored?.hash).toMatch(/^SCRAM-SHA-256\$4096:/);
    } finally {
      await superuser.close();
    }
  });

  test('has a name that PostgreSQL does not cut off', () => {
    expect(apiRoleOf('balai')).toBe('balai_api');
    const [one, other] = ['a', 'b'].map((end) => apiRoleOf(`${'x'.repeat(62)}${end}`));
    expect(one).not.toBe(other);
    expect(one?.length).toBeLessThanOrEqual(63);
  });
});

describe('a role that the operator made', () => {
  test('is taken when row security confines it', async () => {
    const url = await prepare();
    expect(await prepare('unused', url)).toBe(url);
  });

  test('is refused when it owns the tables', async () => {
    await expect(prepare('unused', testDatabase.url)).rejects.toThrow(/who owns the tables/);
  });

  test('is refused when it is a superuser', async () => {
    await prepare();
    const url = new URL(process.env['BALAI_TEST_DATABASE_URL'] ?? '');
    url.pathname = new URL(testDatabase.url).pathname;
    await expect(assertConfined(url.href)).rejects.toThrow(/who is a superuser/);
  });

  test('is refused when it is no member of app_user', async () => {
    const url = await prepare();
    const role = apiRoleOf(new URL(testDatabase.url).pathname.slice(1));
    await owner.query(`REVOKE app_user FROM ${role}`);
    await expect(assertConfined(url)).rejects.toThrow(/who is not a member of app_user/);
  });
});
