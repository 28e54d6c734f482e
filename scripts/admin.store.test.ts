/** The verb as a process, on a database of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestApi } from '../server/test/test-api.ts';
import {
  createTestRedisUrl,
  createTestStores,
  type TestStores,
} from '../server/test/test-stores.ts';

const SCRIPT = fileURLToPath(new URL('admin.ts', import.meta.url));
const BALAI = fileURLToPath(new URL('balai.mjs', import.meta.url));

let stores: TestStores;
beforeEach(async () => {
  stores = await createTestStores();
  await stores.owner.query(
    `INSERT INTO users (email, password, first_name, last_name) VALUES ('ann@example.org', 'x', 'Ann', 'Lee')`,
  );
});
afterEach(() => stores.close());

function admin(...args: string[]): Promise<{ status: number | null; output: string }> {
  return run({ DATABASE_URL: stores.databaseUrl }, ...args);
}

type Variables = Readonly<Record<string, string>>;

const run = (env: Variables, ...args: string[]) => runScript(SCRIPT, env, args);
const balai = (env: Variables, ...args: string[]) => runScript(BALAI, env, args);

function runScript(
  script: string,
  env: Variables,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
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

test.each([
  [],
  ['grant'],
  ['list', 'x'],
  ['nodes'],
  ['nodes', 'drain'],
  ['nodes', 'list', 'a'],
  ['promote', 'ann@example.org'],
  ['grant', 'a', 'b'],
])('says how it is used (%#)', async (...args: string[]) => {
  const { status, output } = await admin(...args);
  expect(status).toBe(2);
  expect(output).toContain('grant EMAIL');
});

test('says that there is no such account', async () => {
  const { status, output } = await admin('grant', 'nobody@example.org');
  expect(status).toBe(1);
  expect(output).toContain('register it first');
});

test('lists the media nodes of a server that runs, and drains them', async () => {
  const api = await startTestApi();
  const env = { REDIS_URL: api.redisUrl };
  const nodeId = `test:${new URL(api.url).port}`;
  try {
    const listed = await balai(env, 'nodes', 'list');
    expect(listed).toMatchObject({ status: 0 });
    expect(listed.output.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['NODE', 'STATE', 'LOAD', 'PEOPLE', 'ROOMS', 'WORKERS'],
      [nodeId, 'ready', '100 %', '0', '0', '0 of 2'],
      [''],
    ]);
    expect(await balai(env, 'nodes', 'drain', nodeId)).toEqual({
      status: 0,
      output: `· nobody new comes to ${nodeId}, and who is there moves to other nodes\n`,
    });
    expect((await balai(env, 'nodes', 'list')).output).toContain('drained');
    expect(await balai(env, 'nodes', 'undrain', nodeId)).toMatchObject({ status: 0 });
    expect((await balai(env, 'nodes', 'list')).output).toContain('ready');
    const unknown = await balai(env, 'nodes', 'drain', 'elsewhere');
    expect(unknown.status).toBe(1);
    expect(unknown.output).toContain('there is no media node elsewhere');
  } finally {
    await api.close();
  }
});

test('says that no server runs', async () => {
  const { status, output } = await run({ REDIS_URL: createTestRedisUrl() }, 'nodes', 'list');
  expect(status).toBe(1);
  expect(output).toContain('no server runs on this Redis');
});
