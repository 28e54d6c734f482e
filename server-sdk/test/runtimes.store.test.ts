/** The package as it is published, in every runtime that there is, against a real server. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../server/test/test-api.ts';
import { createTestProject, type TestProject } from '../../server/test/test-project.ts';
import { findRuntimes } from './runtimes.ts';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'balai-runtimes-'));
const runtimes = findRuntimes();

let api: TestApi;
let app: TestProject;
beforeAll(async () => {
  await run(process.execPath, [join(sdk, 'build.ts'), join(folder, 'dist')]);
  api = await startTestApi();
  app = await createTestProject(api);
}, 60_000);
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the runtimes come with the repository', () => {
  const names = runtimes.map(({ name }) => name.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining(['Node.js', 'Deno', 'Bun']));
});

test.each(runtimes)(
  '$name signs a token that lets somebody in, and leads the room',
  async ({ name, program, args }) => {
    // Its clock is the machine's own.
    api.world.now = Date.now();
    const script = join(sdk, 'test/probe.mjs');
    const index = pathToFileURL(join(folder, 'dist/server-sdk/index.js')).href;
    const { id, secret } = app.key;
    const { stdout } = await run(program, [...args, script, index, id, secret, api.url, name]);
    const said = JSON.parse(stdout) as { readonly identity: string; readonly status: number };
    expect(said, stdout).toMatchObject({ identity: 'älice', status: 200, metadata: 'né' });
    const rows = await api.stores.owner.query(
      'SELECT name FROM rooms WHERE project_id = $1 AND name = $2',
      [app.project.id, name],
    );
    expect(rows).toEqual([{ name }]);
  },
);
