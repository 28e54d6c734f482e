/** The package as it is published, in every runtime that there is, against a real server. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followMachineClock, startTestApi, type TestApi } from '../../server/test/test-api.ts';
import { createTestProject, type TestProject } from '../../server/test/test-project.ts';
import { findRuntimes } from './runtimes.ts';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'balai-runtimes-'));
/** An application that has installed the package. */
const application = join(folder, 'application');
const runtimes = findRuntimes();

let api: TestApi;
let app: TestProject;
beforeAll(async () => {
  await install();
  api = await startTestApi();
  app = await createTestProject(api);
  followMachineClock(api.world);
}, 60_000);
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes the archive that would be published, and installs it; it needs nothing else. */
async function install(): Promise<void> {
  const staged = join(folder, 'staged');
  mkdirSync(staged);
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    cpSync(join(sdk, file), join(staged, file));
  await run(process.execPath, [join(sdk, 'build.ts'), join(staged, 'dist')]);
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: staged });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  mkdirSync(application);
  cpSync(join(sdk, 'test/probe.mjs'), join(application, 'probe.mjs'));
  writeFileSync(join(application, 'package.json'), JSON.stringify({ type: 'module' }));
  const args = ['install', '--offline', '--no-audit', '--no-fund', join(staged, filename)];
  await run('npm', args, { cwd: application });
}

test('the runtimes come with the repository', () => {
  const names = runtimes.map(({ name }) => name.split(' ')[0]);
  expect(names).toEqual(expect.arrayContaining(['Node.js', 'Deno', 'Bun']));
});

test.each(runtimes)(
  '$name signs a token that lets somebody in, and leads the room',
  async ({ name, program, args }) => {
    const { id, secret } = app.key;
    const { stdout } = await run(program, [...args, 'probe.mjs', id, secret, api.url, name], {
      cwd: application,
    });
    const said = JSON.parse(stdout) as { readonly identity: string; readonly status: number };
    expect(said, stdout).toMatchObject({ identity: 'älice', status: 200, metadata: 'né' });
    const rows = await api.stores.owner.query(
      'SELECT name FROM rooms WHERE project_id = $1 AND name = $2',
      [app.project.id, name],
    );
    expect(rows).toEqual([{ name }]);
  },
);
