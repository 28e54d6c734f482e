import { execFile } from 'node:child_process';
import {
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
import { afterAll, expect, test } from 'vitest';
import * as connectionCheck from '../src/connection-check/index.ts';
import * as core from '../src/index.ts';
import * as moderation from '../src/moderation/index.ts';
import * as notifications from '../src/notifications/index.ts';
import * as react from '../src/react/index.ts';
import { livekitExports, livekitMembers } from './livekit-names.ts';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
const guide = join(sdk, '../docs/client');
const folder = mkdtempSync(join(tmpdir(), 'balai-guide-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the guide's samples take as given. */
const GIVEN = `
import type { Room as AnyRoom } from '@balai/client';
declare global {
  const room: AnyRoom;
  const serverUrl: string;
  const roomId: string;
  const token: string;
  const page: HTMLElement;
  const soundButton: HTMLButtonElement;
  function show(...things: unknown[]): void;
}`;

/** As in package.page.test.ts, but the SDK is read from its source. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['ES2024', 'DOM', 'DOM.Iterable'],
    types: [],
    jsx: 'react-jsx',
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    paths: {
      '@balai/client': [join(sdk, 'src/index.ts')],
      '@balai/client/react': [join(sdk, 'src/react/index.ts')],
      '@balai/client/connection-check': [join(sdk, 'src/connection-check/index.ts')],
      '@balai/client/notifications': [join(sdk, 'src/notifications/index.ts')],
      '@balai/client/moderation': [join(sdk, 'src/moderation/index.ts')],
      '@balai/client/stats': [join(sdk, 'src/stats/index.ts')],
    },
  },
  include: ['**/*'],
};

/** Type-checks these files as an application would be; the compiler's words if it fails. */
async function typeCheck(name: string, files: ReadonlyMap<string, string>): Promise<string> {
  const application = join(folder, name);
  mkdirSync(application);
  symlinkSync(join(sdk, '../node_modules'), join(application, 'node_modules'));
  writeFileSync(join(application, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const [file, text] of files) writeFileSync(join(application, file), text);
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  try {
    await run(process.execPath, [join(dirname(compiler), 'bin/tsc'), '-p', application]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** The pages, and the README that points to them. */
function readPages(): ReadonlyMap<string, string> {
  const names = readdirSync(guide).filter((name) => name.endsWith('.md'));
  const pages = names.map((name) => [name, readFileSync(join(guide, name), 'utf8')] as const);
  return new Map([...pages, ['README.md', readFileSync(join(sdk, 'README.md'), 'utf8')]]);
}

test('every sample of the guide is valid against the SDK', async () => {
  const files = new Map([['given.ts', GIVEN]]);
  for (const [page, text] of readPages()) {
    const blocks = [...text.matchAll(/^```(tsx?)\n([\s\S]*?)^```$/gm)];
    for (const [index, [, kind, code]] of blocks.entries()) {
      files.set(`${page.replace('.md', '')}-${index + 1}.${kind}`, `export {};\n${code}`);
    }
  }
  expect(files.size).toBeGreaterThan(15);
  expect(await typeCheck('samples', files)).toBe('');
}, 60_000);

test('the guide knows every hook, and no other', () => {
  const table = readFileSync(join(guide, 'react.md'), 'utf8').split('| --- | --- |')[1] ?? '';
  const named = new Set([...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => namesIn(cell)));
  const hooks = Object.keys(react).filter((name) => name.startsWith('use'));
  expect([...named].toSorted()).toEqual(hooks.toSorted());
});

test('who moves from livekit-client finds what is the same, and misses what is missing', async () => {
  const { values, types } = publicNames();
  const lines: string[] = [`import * as sdk from '@balai/client';`, HAS];
  const rows = readFileSync(join(guide, 'moving-from-livekit.md'), 'utf8').matchAll(
    /^\| (`.*?) \| (same|different|missing) \|/gm,
  );
  const wrong: string[] = [];
  let count = 0;
  for (const [, cell, verdict] of rows) {
    for (const name of namesIn(cell)) {
      count += 1;
      const shouldBe = verdict !== 'missing';
      const [owner = '', member] = name.split('.');
      const isKnown = values.has(owner) || types.has(owner);
      if (member === undefined) {
        if (isKnown !== shouldBe) wrong.push(`${name} is not ${verdict}`);
        continue;
      }
      const isClass = values.has(owner) && !owner.endsWith('Event');
      const sides = [
        ...(values.has(owner) ? [`typeof sdk.${owner}`] : []),
        ...(types.has(owner) || isClass ? [`sdk.${owner}`] : []),
      ].map((side) => `Has<${side}, '${member}'>`);
      lines.push(`is<Any<${sides.join(' | ')}>>(${shouldBe}); // ${name}: ${verdict}`);
    }
  }
  expect(count).toBeGreaterThan(150);
  expect(wrong).toEqual([]);
  const complaints = await typeCheck('names', new Map([['names.ts', lines.join('\n')]]));
  const places = [...complaints.matchAll(/names\.ts\((\d+),/g)];
  expect(places.map(([, line]) => lines.join('\n').split('\n')[Number(line) - 1])).toEqual([]);
  expect(complaints).toBe('');
}, 60_000);

test('an application written for livekit-client compiles with its import alone changed', async () => {
  const source = readFileSync(join(sdk, 'test/livekit-app.ts'), 'utf8');
  const moved = source.replace("from 'livekit-client'", "from '@balai/client'");
  expect(moved).not.toBe(source);
  // As it is, it is compiled by `tsc` with every other file here.
  expect(await typeCheck('moved', new Map([['application.ts', moved]]))).toBe('');
}, 60_000);

/** Names of livekit-client without a row: nobody who makes an application with it writes them. */
const NOT_FOR_APPLICATIONS: readonly RegExp[] = [
  // End-to-end encryption is not here; these are its workers, keys and messages.
  /E2EE|Key|Cryptor|Ratchet|ratchet|Encrypt|Decrypt|Script|Insertable|Rbsp|isVideoFrame|SifTrailer/,
  /^(Base|Init|Enable|Encode|Error|RTPVideoMap|RemoveTransform|UpdateCodec|Log|SetLogLevel)(Message|Ack)$|^PTMetadata/,
  // Tokens come from `requestJoin` or from the application's own server.
  /TokenSource|TokenPayload|TokenServer|^EndpointOptions$|^RoomConfigurationObject$/,
  // Frame metadata and data tracks, and the packets that carry them.
  /FrameMetadata|PacketTrailer|^DataTrack|^DataChannelKind$|^RemoteDataTrackPipeline/,
  // The inside of livekit-client, which it exports for its own packages.
  /^(attributes|CriticalTimers|Mutex|EngineEvent|canFailOverToAnotherRegion)$|^Internal|^CLIENT_PROTOCOL|[sS]erializer|ReactNative/,
  /\.(emit|cleanupRegistry|bufferedSegments|signalClient|simulcastCodecs|sender|emitTrackUpdate|refreshSubscribedCodecs)$/,
  /\.(handle\w+|setTrack|add\w+Track|setSimulcastTrackSender)$|^RemoteVideoTrack\.setStreamState$/,
];

/** What is said of one of them is said of all: they inherit it. */
const FAMILIES = [
  /^(Local|Remote)?Participant$/,
  /^(Local|Remote)?(Audio|Video)?Track$/,
  /^(Local|Remote)?TrackPublication$/,
  /^TrackPublish(Defaults|Options)$/,
];

test('every public name of livekit-client has a row', () => {
  const page = readFileSync(join(guide, 'moving-from-livekit.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (`.*?`) \| (?:same|different|missing) \|/gm)];
  const described = new Set(rows.flatMap(([, cell]) => namesIn(cell)));
  const members = livekitMembers();
  const names = [...livekitExports(), ...members];
  expect(members.length).toBeGreaterThan(350);
  const undescribed = names.filter((name) => {
    const [owner = '', member] = name.split('.');
    if (described.has(name) || NOT_FOR_APPLICATIONS.some((one) => one.test(name))) return false;
    const family = FAMILIES.find((one) => one.test(owner));
    return ![...described].some((other) => {
      const [otherOwner = '', otherMember] = other.split('.');
      return member !== undefined && otherMember === member && family?.test(otherOwner);
    });
  });
  expect(undescribed).toEqual([]);
});

const HAS = `
type Has<T, K extends string> = K extends keyof T ? true : false;
type Any<B extends boolean> = true extends B ? true : false;
declare function is<B extends boolean>(expected: B): void;`;

function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** What the SDK exports, its sub-paths included. */
function publicNames(): { values: ReadonlySet<string>; types: ReadonlySet<string> } {
  const entries = {
    'index.ts': core,
    'connection-check/index.ts': connectionCheck,
    'moderation/index.ts': moderation,
    'notifications/index.ts': notifications,
    'react/index.ts': react,
  };
  const values = new Set(Object.values(entries).flatMap((entry) => Object.keys(entry)));
  const types = new Set<string>();
  for (const entry of Object.keys(entries)) {
    const source = readFileSync(join(sdk, 'src', entry), 'utf8');
    for (const [, list = ''] of source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
      for (const [, name = ''] of list.matchAll(/(\w+) *(?:,|$)/gm)) {
        if (!values.has(name)) types.add(name);
      }
    }
  }
  return { values, types };
}
