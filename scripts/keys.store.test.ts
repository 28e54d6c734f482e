/** The verb as a process, on a database of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyTokens } from '../server/src/features/projects/key-tokens.ts';
import { loadKeyRing } from '../server/src/store/files/key-ring.ts';
import { createSecrets } from '../server/src/store/files/secrets.ts';
import { createTestStores, type TestStores } from '../server/test/test-stores.ts';

const SCRIPT = fileURLToPath(new URL('keys.ts', import.meta.url));

let stores: TestStores;
let dataDir: string;
beforeEach(async () => {
  stores = await createTestStores();
  dataDir = mkdtempSync(join(tmpdir(), 'balai-keys-'));
  await stores.owner.query(
    `INSERT INTO users (email, password, first_name, last_name) VALUES ('ann@example.org', 'x', 'Ann', 'Lee')`,
  );
});
afterEach(async () => {
  await stores.close();
  rmSync(dataDir, { recursive: true });
});

type Outcome = { status: number | null; output: string; faults: string };

function keys(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, DATABASE_URL: stores.databaseUrl, BALAI_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { output: '', faults: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.faults += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...said }));
  });
}

const read = ({ output }: Outcome, name: string): string =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(output)?.[1] ?? '';

/** Whether the server takes what is signed with it. */
async function isGood(made: Outcome): Promise<boolean> {
  const tokens = await createKeyTokens({
    database: stores.database,
    secrets: createSecrets(await loadKeyRing(dataDir)),
    clock: Date.now,
  });
  const token = await new SignJWT({ service: ['data'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(read(made, 'BALAI_API_KEY'))
    .setExpirationTime('1 minute')
    .sign(new TextEncoder().encode(read(made, 'BALAI_API_SECRET')));
  return await tokens.verifyServiceToken(token).then(
    () => true,
    () => false,
  );
}

test('makes a project with a key that the server takes, lists both, and revokes the key', async () => {
  expect((await keys('list')).faults).toContain('there are no projects');
  const made = await keys('project', 'Lontar', 'Ann@Example.org');
  expect(made).toMatchObject({ status: 0 });
  // Nothing else: it is appended to environment files.
  expect(made.output).toMatch(/^BALAI_API_KEY=BK\w{18}\nBALAI_API_SECRET=[\w-]{43}\n$/);
  expect(await isGood(made)).toBe(true);
  const id = read(made, 'BALAI_API_KEY');
  const listed = await keys('list');
  expect(listed.output).toMatch(/^[0-9a-f-]{36} {2}Lontar {2}ann@example\.org$/m);
  expect(listed.output).toContain(`  ${id}  Lontar  tokens,`);
  expect(listed.output).toContain('last used ');
  expect(listed.output).not.toContain(read(made, 'BALAI_API_SECRET'));
  expect(await keys('revoke', id)).toMatchObject({ status: 0 });
  expect(await isGood(made)).toBe(false);
  expect((await keys('list')).output).toContain('revoked');
  expect(await keys('revoke', id)).toMatchObject({ status: 1 });
});

test('makes a project of nobody, and a key with fewer scopes for it', async () => {
  const project = await keys('project', 'Tebu');
  const id = /project ([0-9a-f-]{36})/.exec(project.faults)?.[1] ?? '';
  const made = await keys('create', id, 'reader', 'data', 'rooms:read');
  expect(await isGood(made)).toBe(true);
  const { output } = await keys('list');
  expect(output).toContain(`${id}  Tebu  of nobody`);
  expect(output).toContain('reader  data,rooms:read  last used');
});

test.each([
  [],
  ['project'],
  ['project', ' '],
  ['create', 'x'],
  ['create', 'x', 'y', 'everything'],
  ['list', 'x'],
  ['revoke'],
  ['--help'],
])('says how it is used (%#)', async (...args: string[]) => {
  const { status, faults } = await keys(...args);
  expect(status).toBe(2);
  expect(faults).toContain('revoke KEY');
});

test('says what there is not', async () => {
  expect((await keys('project', 'a', 'nobody@example.org')).faults).toContain('register it first');
  expect((await keys('create', 'nonsense', 'a')).faults).toContain('there is no project nonsense');
  expect((await keys('list')).faults).toContain('there are no projects');
});
