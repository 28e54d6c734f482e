import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spawnServer } from '../test/server-process.ts';

test('a wrong configuration ends the start with one message that lists every fault', async () => {
  const server = spawnServer({ PORT: 'http', BALAI_LOG_LEVEL: 'loud', REDIS_URL: 'redis://h' });
  expect(await server.exited).toBe(1);
  expect(server.output().trimEnd().split('\n')).toEqual([
    'The configuration has faults:',
    '  DATABASE_URL is required (npm start sets it)',
    '  PORT must be a whole number from 0 to 65535',
    '  BALAI_LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent',
  ]);
});

test('a database that is not there ends the start with one line', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'balai-main-'));
  try {
    const server = spawnServer({
      DATABASE_URL: 'postgres://balai:hunter2@127.0.0.1:1/balai',
      REDIS_URL: 'redis://127.0.0.1:1',
      BALAI_DATA_DIR: dataDir,
    });
    expect(await server.exited).toBe(1);
    expect(server.output()).toMatch(
      /^Balai cannot start: The database does not answer \(.*ECONNREFUSED.*\)\n$/,
    );
    expect(server.output()).not.toContain('hunter2');
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
