/** The package as it is published, in the runtime of Cloudflare Workers, against a real server. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followMachineClock, startTestApi, type TestApi } from '../../server/test/test-api.ts';
import { createTestProject, type TestProject } from '../../server/test/test-project.ts';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
/** Where the runtime is. */
const { default: workerd } = createRequire(import.meta.url)('workerd') as {
  readonly default: string;
};
const folder = mkdtempSync(join(tmpdir(), 'balai-edge-'));

let api: TestApi;
let app: TestProject;
beforeAll(async () => {
  await run(process.execPath, [join(sdk, 'build.ts'), join(folder, 'package')]);
  cpSync(join(sdk, 'test/worker.mjs'), join(folder, 'worker.mjs'));
  api = await startTestApi();
  app = await createTestProject(api);
  followMachineClock(api.world);
}, 60_000);
afterAll(async () => {
  await api?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** An edge worker of these modules, without anything of Node.js. */
function configure(programArguments: readonly string[]): string {
  const files = readdirSync(join(folder, 'package'), { recursive: true, encoding: 'utf8' });
  const modules = ['worker.mjs', ...files.map((file) => `package/${file}`)]
    .filter((file) => /\.m?js$/.test(file))
    .map((file) => `(name = "${file}", esModule = embed "${file}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "backend", worker = .backend),
    (name = "internet", network = (allow = ["local", "private", "public"])),
  ],
);
const backend :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  bindings = [(name = "ARGUMENTS", json = ${JSON.stringify(JSON.stringify(programArguments))})],
  compatibilityDate = "2025-01-01",
);
`;
}

test('an edge worker signs a token that lets somebody in, and leads the room', async () => {
  const { id, secret } = app.key;
  writeFileSync(join(folder, 'config.capnp'), configure([id, secret, api.url, 'edge']));
  const { stdout, stderr } = await run(workerd, ['test', 'config.capnp'], { cwd: folder });
  const said = `${stdout}${stderr}`.match(/\{.*\}/)?.[0];
  if (said === undefined) throw new Error(stderr);
  expect(JSON.parse(said)).toEqual({
    identity: 'älice',
    status: 200,
    metadata: 'né',
    failure: 'not_found',
  });
});
