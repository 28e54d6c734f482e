import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** Half of livekit-client 2.23, measured in the same way. mediasoup-client and socket.io-client alone are 52 kB. */
const CORE_LIMIT_BYTES = 75_000;

const sdk = fileURLToPath(new URL('../', import.meta.url));
const built = mkdtempSync(join(tmpdir(), 'balai-size-'));
const entry = join(built, 'dist', 'client', 'index.js');

beforeAll(() => {
  execFileSync(process.execPath, [join(sdk, 'build.ts'), join(built, 'dist')]);
  // It says that modules without users may be left out.
  cpSync(join(sdk, 'package.json'), join(built, 'package.json'));
}, 60_000);

afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Bytes that an application pays, on the wire: minified, gzip at its best, libraries included. */
async function sizeOf(options: BuildOptions): Promise<number> {
  const { outputFiles } = await build({
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    nodePaths: [join(sdk, 'node_modules'), join(sdk, '../node_modules')],
    ...options,
  });
  const [file] = outputFiles ?? [];
  if (file === undefined) throw new Error('esbuild made nothing');
  return gzipSync(file.contents, { level: 9 }).byteLength;
}

test(`the core stays within ${CORE_LIMIT_BYTES / 1000} kB, libraries included`, async () => {
  expect(await sizeOf({ entryPoints: [entry] })).toBeLessThanOrEqual(CORE_LIMIT_BYTES);
});

test('who imports one small thing pays for that alone', async () => {
  const contents = `export { RoomEvent, VideoPresets, requestJoin } from ${JSON.stringify(entry)}`;
  const stdin = { contents, resolveDir: sdk };
  expect(await sizeOf({ stdin })).toBeLessThan(4_000);
});

test('a server may import it: nothing touches the browser before it is used', async () => {
  expect(globalThis).not.toHaveProperty('document');
  const { Room, isBrowserSupported } = await import('../src/index.ts');
  expect(isBrowserSupported()).toBe(false);
  expect(new Room().state).toBe('disconnected');
});
