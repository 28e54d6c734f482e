import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, openFolder } from './browser.ts';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
const versionOf = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;

/** The package as it would be published, and an application far from this repository. */
const folder = mkdtempSync(join(tmpdir(), 'balai-package-'));
const staged = join(folder, 'staged');
const application = join(folder, 'application');

const packageJson = JSON.stringify({
  name: 'application',
  private: true,
  type: 'module',
  dependencies: { '@balai/client': 'file:../balai-client.tgz' },
  devDependencies: { typescript: versionOf('typescript'), vite: versionOf('vite') },
});

/** Near what `npm create vite` writes for TypeScript, with the types of libraries checked too. */
const tsconfig = JSON.stringify({
  compilerOptions: {
    target: 'es2023',
    module: 'esnext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
    skipLibCheck: false,
    moduleResolution: 'bundler',
    verbatimModuleSyntax: true,
    noEmit: true,
    strict: true,
  },
  include: ['src'],
});

const main = `
import { isBrowserSupported, requestJoin, Room, RoomEvent } from '@balai/client';
import type { connectNotifications } from '@balai/client/notifications';

const room = new Room();
room.on(RoomEvent.TrackSubscribed, (track) => document.body.append(track.attach()));
document.title = isBrowserSupported() + ' ' + room.state;

export async function join(server: string, roomId: string): Promise<void> {
  const answer = await requestJoin(server, roomId, { name: 'Ann' });
  await room.connect(answer.url, answer.token, { joinInfo: answer });
  await room.localParticipant.enableCameraAndMicrophone();
}

export async function listen(): Promise<ReturnType<typeof connectNotifications>> {
  const { connectNotifications } = await import('@balai/client/notifications');
  return connectNotifications('https://meet.example.org', { getAccessToken: () => 'token' });
}

// @ts-expect-error What is the SDK's own affair is not in its types.
room.emit('connected');
// @ts-expect-error As above.
room.localParticipant.leave(true);
Object.assign(window, { join });
`;

/** For a Node.js without anything of a browser: a component with every hook there is. */
const renderOnServer = `
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

for (const part of process.argv.slice(2)) await import('@balai/client' + part.slice(1));
const { Room } = await import('@balai/client');
const hooks = await import('@balai/client/react');
const room = new Room();
const unused = new Set(Object.keys(hooks).filter((name) => name.startsWith('use')));

function Everything() {
  const use = new Proxy(hooks, {
    get: (_, name) => {
      unused.delete(name);
      return hooks[name];
    },
  });
  const me = use.useRoom().localParticipant;
  use.useAttached(undefined);
  use.useAudioPlayback();
  use.useChat();
  use.useConnectionQuality(me);
  use.useDataReceived(() => undefined);
  use.useByteStream('files', () => undefined);
  use.useTextStream('notes', () => undefined);
  use.useRpcMethod('greet', () => 'hello');
  use.useMediaDevices('audioinput');
  use.useParticipant('ann');
  use.useRemoteParticipants();
  use.useRoles();
  use.useIsMuted(undefined);
  use.useStreamState(undefined);
  use.useRoomInfo();
  use.useActiveSpeakers();
  use.useTrack(me, 'camera');
  use.useTracks();
  use.useParticipantName(me);
  use.useParticipantMetadata(me);
  use.useParticipantAttributes(me);
  use.useModeration();
  use.useModerationEvent('reacted', () => undefined);
  use.useRaisedHands();
  use.useSpotlight();
  use.useIsLocked();
  use.useLobby();
  use.useBreakouts();
  use.useStageInvitation();
  use.useCan('lock');
  use.useRolesToGive(me);
  use.useReactions();
  const { isCameraEnabled } = use.useLocalParticipant();
  const words = [use.useConnectionState(), isCameraEnabled || use.useSpeaking(me), use.useParticipants().length];
  return createElement('p', null, words.join(' '));
}

const element = createElement(hooks.RoomProvider, { room }, createElement(Everything));
const html = renderToString(element);
console.log(JSON.stringify({ html, unusedHooks: [...unused] }));
`;

/** Runs a program in the application, with this very Node.js, and shows its words if it fails. */
async function runThere(program: string, ...args: string[]): Promise<string> {
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const options = { cwd: application, env: { ...process.env, PATH: path } };
  return await run(program, args, options).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string; message: string }) => {
      throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
    },
  );
}

beforeAll(async () => {
  mkdirSync(staged);
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    cpSync(join(sdk, file), join(staged, file));
  await run(process.execPath, [join(sdk, 'build.ts'), join(staged, 'dist')]);
  mkdirSync(join(application, 'src'), { recursive: true });
  writeFileSync(join(application, 'package.json'), packageJson);
  writeFileSync(join(application, 'tsconfig.json'), tsconfig);
  writeFileSync(
    join(application, 'index.html'),
    '<script type="module" src="/src/main.ts"></script>',
  );
  writeFileSync(join(application, 'src/main.ts'), main);
  const api = readFileSync(join(sdk, 'test/public-api.test-d.ts'), 'utf8');
  writeFileSync(
    join(application, 'src/api.ts'),
    api
      .replace("'../src/index.ts'", "'@balai/client'")
      .replace("'../src/moderation/index.ts'", "'@balai/client/moderation'"),
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package is in order by the rules of publint', async () => {
  const { messages, pkg } = await publint({ pkgDir: staged, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('every way to import it finds the right types', async () => {
  const packed = await pack();
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(packed)), {
    // For pages without a bundler, which have no types.
    excludeEntrypoints: ['./package.json'],
  });
  if (analysis.types === false) throw new Error('the package has no types');
  // It is ESM: `require` and resolution of 2015 are what it does not serve ("esm-only").
  const problems = analysis.problems.filter(
    (problem) =>
      !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind),
  );
  expect(problems).toEqual([]);
});

test('the package holds the SDK, the protocol within it, and no tests', () => {
  const files = readdirSync(join(staged, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('client/index.d.ts');
  expect(files).toContain('protocol/index.js');
  expect(files.filter((file) => /\btest/.test(file))).toEqual([]);
  const sources = files.filter((file) => /\.(js|ts)$/.test(file));
  for (const file of sources) {
    const source = readFileSync(join(staged, 'dist', file), 'utf8');
    expect(source, file).not.toMatch(/['"]@balai\/protocol['"]|(from |import\()['"]\..*\.ts['"]/);
  }
});

test('a page without a bundler imports one file', async () => {
  const page = join(folder, 'page');
  cpSync(join(staged, 'dist/bundle'), page, { recursive: true });
  const script = `
    import { isBrowserSupported, Room } from '/balai-client.js';
    document.title = isBrowserSupported() + ' ' + new Room().state;`;
  writeFileSync(join(page, 'index.html'), `<script type="module">${script}</script>`);
  expect(await titleInChromium(page)).toBe('true disconnected');
});

test('every part is imported on a server, and every hook renders there', async () => {
  const server = join(folder, 'server');
  const installed = join(server, 'node_modules/@balai/client');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', await pack(), '-C', installed, '--strip-components=1']);
  for (const name of ['react', 'react-dom', 'socket.io-client']) {
    const there = join(server, 'node_modules', name);
    symlinkSync(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), there);
  }
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const parts = Object.keys(exports).filter((part) => !part.endsWith('.json'));
  expect(parts).toContain('./react');
  writeFileSync(join(server, 'render.mjs'), renderOnServer);
  const rendered = await run(process.execPath, ['render.mjs', ...parts], { cwd: server });
  expect(JSON.parse(rendered.stdout)).toEqual({
    html: '<p>disconnected false 1</p>',
    unusedHooks: [],
  });
});

test('a fresh Vite project installs it, type-checks, builds and runs', async () => {
  cpSync(await pack(), join(folder, 'balai-client.tgz'));
  await runThere(
    'npm',
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  );
  await runThere(join(application, 'node_modules/.bin/tsc'));
  await runThere(join(application, 'node_modules/.bin/vite'), 'build');

  const assets = join(application, 'dist/assets');
  const bundles = readdirSync(assets).filter((file) => file.endsWith('.js'));
  const bytes = bundles.map((file) => gzipSync(readFileSync(join(assets, file))).byteLength);
  // With mediasoup-client and Socket.IO in it. A limit, so that growth is a decision.
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(130_000);

  expect(await titleInChromium(join(application, 'dist'))).toBe('true disconnected');
});

/** Makes the file that would be published. */
async function pack(): Promise<string> {
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: staged });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  return join(staged, filename);
}

/** Opens what Vite built in a browser, and waits for what `main` says in the title. */
async function titleInChromium(folder: string): Promise<string> {
  const browser = await launchChromium();
  try {
    const page = await openFolder(browser, folder);
    await page.waitForFunction(() => document.title !== '');
    return await page.title();
  } finally {
    await browser.close();
  }
}
