/** The verb as a process, on a database of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../server/test/test-stores.ts';

const SCRIPT = fileURLToPath(new URL('admin.ts', import.meta.url));

let stores: TestStores;
beforeEach(async () => {
  stores = await createTestStores();
  await stores.owner.query(
    `INSERT INTO users (email, password, first_name, last_name) VALUES ('ann@example.org', 'x', 'Ann', 'Lee')`,
  );
});
afterEach(() => stores.close());

function admin(...args: string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, DATABASE_URL: stores.databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}

const isAdmin = async () =>
  (await stores.owner.query<{ is_admin: boolean }>('SELECT is_admin FROM users'))[0]?.is_admin;

test('makes an account an administrator, lists it, and takes it back', async () => {
  expect((await admin('list')).output).toContain('nobody is an administrator');
  expect(await admin('grant', 'Ann@Example.org')).toMatchObject({ status: 0 });
  expect(await isAdmin()).toBe(true);
  expect((await admin('list')).output).toBe('ann@example.org  active\n');
  expect(await admin('revoke', 'ann@example.org')).toMatchObject({ status: 0 });
  expect(await isAdmin()).toBe(false);
});

test.each([[], ['grant'], ['list', 'x'], ['promote', 'ann@example.org'], ['grant', 'a', 'b']])(
  'says how it is used (%#)',
  async (...args: string[]) => {
    const { status, output } = await admin(...args);
    expect(status).toBe(2);
    expect(output).toContain('grant EMAIL');
  },
);

test('says that there is no such account', async () => {
  const { status, output } = await admin('grant', 'nobody@example.org');
  expect(status).toBe(1);
  expect(output).toContain('register it first');
});
