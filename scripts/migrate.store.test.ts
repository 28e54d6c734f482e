/** The verb as a process, on databases of its own. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../server/test/test-stores.ts';

const SCRIPT = fileURLToPath(new URL('migrate.ts', import.meta.url));
const MIGRATIONS = readdirSync(fileURLToPath(new URL('../migrations', import.meta.url))).filter(
  (name) => name.endsWith('.ts'),
).length;

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ isMigrated: false });
});
afterEach(() => database.drop());

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

function migrate(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, DATABASE_URL: database.url },
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

const linesOf = ({ output }: Outcome, word: string) =>
  output.split('\n').filter((line) => line.includes(word));

test('two that start at once: one migrates, the other waits for it, both succeed', async () => {
  const [one, other] = await Promise.all([migrate('up'), migrate('up')]);
  expect([one.status, other.status]).toEqual([0, 0]);
  expect([linesOf(one, 'up: 2023').length, linesOf(other, 'up: 2023').length].sort()).toEqual([
    0,
    MIGRATIONS,
  ]);
  expect(`${one.output}${other.output}`).toContain('up: nothing to do');
});

test('goes down by one, tells the status, and goes up again', async () => {
  await migrate('up');
  expect(linesOf(await migrate('down'), 'down: ')).toHaveLength(1);
  const status = await migrate('status');
  expect(linesOf(status, 'done ')).toHaveLength(MIGRATIONS - 1);
  expect(linesOf(status, 'pending ')).toHaveLength(1);
  expect(linesOf(await migrate('up'), 'up: ')).toHaveLength(1);
  expect(linesOf(await migrate('redo'), 'redo: ')).toHaveLength(1);
  expect(linesOf(await migrate('down', '--all'), 'down: ')).toHaveLength(MIGRATIONS);
});

test.each([[], ['sideways'], ['up', '--all'], ['up', 'down'], ['--help']])(
  'answers %j with what it can do, and changes nothing',
  async (...args) => {
    const { status, output } = await migrate(...args);
    expect(status).toBe(2);
    expect(output).toContain('npm run migrate -- COMMAND');
  },
);
