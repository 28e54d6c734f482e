import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CreatedApiKey, Project } from '@balai/protocol';
import { AccessToken } from '@balai/server-sdk';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { seriousFaultsOf } from '../web/e2e/harness/accessibility.ts';
import { waitForVoice } from '../web/e2e/harness/hearing.ts';
import { LIKENESSES, openPerson, type Person } from '../web/e2e/harness/person.ts';
import { takePicture } from '../web/e2e/harness/pictures.ts';
import { hueDistance, look, waitForFrames } from '../web/e2e/harness/seeing.ts';
import { register, startTestServer, type TestServer } from '../web/e2e/harness/test-server.ts';

interface Application {
  readonly url: string;
  close(): Promise<void>;
}

const run = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL('./embedding', import.meta.url));
const PACK = fileURLToPath(new URL('../scripts/pack.ts', import.meta.url));

/** Whatever runs the tests, npm and what it starts run on this Node.js, and nobody's PORT is theirs. */
const { PORT: _ours, NODE_ENV: _test, ...inherited } = process.env;
const env = { ...inherited, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

let server: TestServer;
let key: CreatedApiKey;
/** Where the application lives. */
const folder = mkdtempSync(join(tmpdir(), 'balai-embedding-'));
let application: Application;
let ada: Person;
let budi: Person;

beforeAll(async () => {
  const port = await findPort();
  await installExample(folder);
  server = await startTestServer({ BALAI_CORS_ORIGINS: `http://localhost:${port}` });
  key = await makeKey();
  [application, ada, budi] = await Promise.all([
    startApplication(folder, port),
    openPerson({ likeness: LIKENESSES.ada }),
    openPerson({ likeness: LIKENESSES.budi }),
  ]);
});
afterAll(async () => {
  await Promise.all([ada?.close(), budi?.close(), application?.close()]);
  await server?.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => Promise.all([ada, budi].map(({ page }) => page.goto(application.url))));
afterEach(() => Promise.all([ada, budi].map(({ context }) => context.clearCookies())));

/** The port of the application is known before it starts, as the server has to name its origin. */
async function findPort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Does what the developer of an application does on the server. */
async function makeKey(): Promise<CreatedApiKey> {
  const { accessToken } = await register(server, 'Olga');
  const post = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const project = await post<Project>('/v1/projects', { name: 'My application' });
  return await post<CreatedApiKey>(`/v1/projects/${project.id}/keys`, { name: 'backend' });
}

function isSource(path: string): boolean {
  return !['node_modules', 'dist', '.env'].includes(basename(path));
}

/**
 * Copies the example out of the repository and installs it there, with the archives of the SDKs that
 * would be published, and of all else the releases that the repository has.
 */
async function installExample(folder: string): Promise<void> {
  cpSync(EXAMPLE, folder, { recursive: true, filter: isSource });
  await run(process.execPath, [PACK, folder], { env });
  const archives = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const specifierOf = (name: string): string => {
    const archive = archives.find((one) => one.startsWith(`${name.replace('@balai/', 'balai-')}-`));
    return archive === undefined ? versionOf(name) : `file:${archive}`;
  };
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(dependencies)) dependencies[name] = specifierOf(name);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...quietly], { cwd: folder, env });
}

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

function versionOf(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { version: string };
  return version;
}

/** Writes the `.env` of the example, and starts it with `npm start`. */
async function startApplication(folder: string, port: number): Promise<Application> {
  const settings = {
    BALAI_URL: server.url,
    BALAI_API_KEY: key.id,
    BALAI_API_SECRET: key.secret,
    PORT: port,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''));
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what npm starts ends with it.
    detached: true,
  });
  const ended = once(child, 'exit');
  let output = '';
  const started = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('The application is at')) resolve();
      });
    }
  });
  const failed = ended.then(([status]) => {
    throw new Error(`npm start ended with ${status}:\n${output}`);
  });
  const close = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  try {
    await Promise.race([started, failed]);
    return { url: `http://localhost:${port}`, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    failed.catch(() => undefined);
  }
}

async function signIn({ page }: Person, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function enter({ page }: Person, call = 'stand-up'): Promise<void> {
  await page.getByLabel('Call', { exact: true }).fill(call);
  await page.getByRole('button', { name: 'Join' }).click();
}

function tileOf({ page }: Person, identity: string): Locator {
  return page.locator(`figure[data-identity="${identity}"]`);
}

async function hearsThat({ page }: Person, words: string): Promise<void> {
  await page.getByRole('alert').filter({ hasText: words }).waitFor();
}

test('two people of an application see and hear each other, and write', async () => {
  await signIn(ada, 'Ada', 'analytical');
  await enter(ada);
  await signIn(budi, 'Budi', 'bersama');
  await enter(budi);

  const [adasTile, budisTile] = [tileOf(budi, 'user-1'), tileOf(ada, 'user-2')];
  await Promise.all([waitForFrames(adasTile, 5), waitForFrames(budisTile, 5)]);
  expect(await adasTile.getAttribute('data-name')).toBe('Ada');
  const hues = [(await look(adasTile)).cornerHue, (await look(budisTile)).cornerHue] as const;
  expect(hueDistance(hues[0], LIKENESSES.ada.portrait.hue)).toBeLessThan(25);
  expect(hueDistance(hues[1], LIKENESSES.budi.portrait.hue)).toBeLessThan(25);
  await Promise.all([
    waitForVoice(budi.page, 'user-1', LIKENESSES.ada.voiceHz),
    waitForVoice(ada.page, 'user-2', LIKENESSES.budi.voiceHz),
  ]);

  await budi.page.getByRole('button', { name: 'Camera' }).click();
  await ada.page.locator('figure.unseen[data-identity="user-2"]').waitFor();
  await budi.page.getByRole('button', { name: 'Microphone' }).click();
  await ada.page.locator('figure.unseen.muted[data-identity="user-2"]').waitFor();
  await budi.page.getByRole('button', { name: 'Camera' }).click();
  await ada.page.locator('figure.muted:not(.unseen)[data-identity="user-2"]').waitFor();

  await ada.page.getByLabel('Message').fill('<b>Good morning</b>');
  await ada.page.getByRole('button', { name: 'Send' }).click();
  await budi.page.getByText('Ada: <b>Good morning</b>').waitFor();
  await ada.page.getByText('Ada: <b>Good morning</b>').waitFor();

  expect(await seriousFaultsOf(ada.page)).toEqual([]);
  await takePicture(ada.page, 'embedding');

  await budi.page.getByRole('button', { name: 'Leave' }).click();
  await budisTile.waitFor({ state: 'detached' });
  await enter(budi);
  await budi.page.getByLabel('Message').fill('Back again');
  await budi.page.getByRole('button', { name: 'Send' }).click();
  await budi.page.getByText('Back again').waitFor();
  const said = ['Ada: <b>Good morning</b>', 'Budi: Back again'];
  await expect.poll(() => budi.page.getByRole('listitem').allInnerTexts()).toEqual(said);
  await waitForFrames(budisTile, 5);
});

test('who leads the call sends somebody out, by the backend', async () => {
  await signIn(ada, 'Ada', 'analytical');
  await enter(ada);
  await signIn(budi, 'Budi', 'bersama');
  await enter(budi);
  await tileOf(budi, 'user-1').waitFor();
  expect(await budi.page.getByRole('button', { name: 'Remove' }).count()).toBe(0);
  const denied = await budi.page.request.post(
    `${application.url}/calls/stand-up/people/user-1/remove`,
    { data: {} },
  );
  expect([denied.status(), await denied.json()]).toEqual([
    403,
    { error: 'You do not lead this call.' },
  ]);

  await ada.page.getByRole('button', { name: 'Remove Budi' }).click();
  await hearsThat(budi, 'The call is over for you: participant_removed');
  await tileOf(ada, 'user-2').waitFor({ state: 'detached' });
});

test('who is nobody, or nobody here, is told so', async () => {
  await signIn(budi, 'Mallory', 'let me in');
  expect(await seriousFaultsOf(budi.page)).toEqual([]);
  await hearsThat(budi, 'Nobody has this name and password.');
  await signIn(budi, 'Budi', 'bersama');
  await enter(budi, 'board');
  await hearsThat(budi, 'You are not invited to this call.');
  await budi.context.clearCookies();
  await enter(budi);
  await hearsThat(budi, 'Sign in first.');
});

test('the token of somebody made up is refused by the server', async () => {
  const token = await new AccessToken(key.id, 'made-up', { identity: 'user-9', name: 'Mallory' })
    .addGrant({ room: 'stand-up', roomJoin: true })
    .toJwt();
  const { page } = budi;
  await page.route('**/calls/*/token', (route) =>
    route.fulfill({ json: { url: server.url, token } }),
  );
  await signIn(budi, 'Budi', 'bersama');
  await enter(budi);
  await hearsThat(budi, 'A valid token is needed and was not given.');
  await page.unroute('**/calls/*/token');
  await page.getByRole('button', { name: 'Join' }).waitFor();
});
