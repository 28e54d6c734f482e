/** A release host of our own on the loopback address serves what mediasoup's would. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchOfficialWorker } from './official.ts';
import { readMediasoupPackage } from './sources.ts';
import { findTrusted, officialDir, platformName, selfTest } from './worker-cache.ts';

const { signal } = new AbortController();
let folder = '';
let host: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-official-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  host?.closeAllConnections();
  host?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  host = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL', `http://127.0.0.1:${port}`);
}

/** The archive as mediasoup makes it: the binary alone. */
function archive(fill: (path: string) => void): Buffer {
  const bin = join(folder, 'mediasoup-worker');
  fill(bin);
  const tgz = join(folder, 'worker.tgz');
  execFileSync('tar', ['-czf', tgz, '-C', folder, 'mediasoup-worker']);
  return readFileSync(tgz);
}

test('a prebuilt worker is taken from the release host, tested and kept', async () => {
  const worker = process.env['MEDIASOUP_WORKER_BIN'];
  if (!worker) throw new Error('MEDIASOUP_WORKER_BIN must name a worker (npm test sets it)');
  const body = archive((path) => copyFileSync(worker, path));
  const { version } = readMediasoupPackage();
  const asked: (string | undefined)[] = [];
  await serve((request, response) => {
    asked.push(request.url);
    response.end(body);
  });
  const path = await fetchOfficialWorker(signal);
  expect(asked).toEqual([`/${version}/mediasoup-worker-${version}-${platformName()}.tgz`]);
  expect(path).toBe(join(officialDir(), 'mediasoup-worker'));
  expect(findTrusted(officialDir())).toBe(path);
});

test('a prebuilt worker that does not run here is refused and not kept', async () => {
  const body = archive((path) => writeFileSync(path, 'not for this machine'));
  await serve((_request, response) => response.end(body));
  expect(await fetchOfficialWorker(signal)).toBeUndefined();
  expect(existsSync(officialDir())).toBe(false);
});

test('a release host without a worker for this platform is no error', async () => {
  await serve((_request, response) => response.writeHead(404).end());
  expect(await fetchOfficialWorker(signal)).toBeUndefined();
});

test('a release host that does not answer is given up after five seconds', async () => {
  await serve(() => undefined);
  const startedAt = performance.now();
  expect(await fetchOfficialWorker(signal)).toBeUndefined();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(4_900);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
});

test('a program that is no worker fails the self-test, with the step it failed at', async () => {
  await expect(selfTest('/bin/true', signal)).rejects.toThrow(/failed its self-test/);
});
