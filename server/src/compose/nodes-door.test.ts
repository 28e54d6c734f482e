import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createTestAuthority, type TestCertificate } from '../../test/test-certificates.ts';
import type { NodeTls } from '../cluster/control-link.ts';
import { FakeNodeMedia } from '../cluster/test-node-media.ts';
import { NODE_KEY, startNode } from '../cluster/test-nodes.ts';
import type { NodesDoorConfig } from './node-config.ts';
import { type NodesDoor, openNodesDoor } from './nodes-door.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const HOST = '127.0.0.1';

const authority = createTestAuthority('Ours');
const stranger = createTestAuthority('Somebody else');
const folder = mkdtempSync(join(tmpdir(), 'balai-tls-'));
afterAll(() => rmSync(folder, { recursive: true }));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

function tlsOf({ cert, key }: TestCertificate, clientCa?: string): NodesDoorConfig['tls'] {
  return {
    certPath: file('control.crt', cert),
    keyPath: file('control.key', key),
    clientCaPath: clientCa === undefined ? undefined : file('ca.crt', clientCa),
  };
}

async function openDoor(tls?: NodesDoorConfig['tls'], port = 0): Promise<NodesDoor> {
  const door = await openNodesDoor({
    config: { nodeKey: NODE_KEY, port, tls },
    mainServer: createServer(),
    host: HOST,
    replicaId: 'replica',
    routerCapabilities: new FakeNodeMedia().getRouterCapabilities(),
    logger: pino({ level: 'silent' }),
  });
  closers.push(() => door.close());
  return door;
}

/** Has a node come to `control.test`. @returns what it complains of. */
async function sendNode(door: NodesDoor, scheme: string, tls: NodeTls): Promise<() => string> {
  const lines: string[] = [];
  const node = await startNode({
    media: new FakeNodeMedia(),
    urls: [`${scheme}://control.test:${door.port}`],
    lookUp: async () => [{ address: HOST, family: 4 }],
    tls,
    logger: pino({ level: 'error' }, { write: (line) => lines.push(line) }),
  });
  closers.push(node.close);
  return () => lines.join('');
}

const isThere = (door: NodesDoor) => () =>
  door.gate.nodes().some(({ state }) => state === 'connected');

describe('the port of nodes', () => {
  test('takes a node with a certificate of the authority, under the name that it was called by', async () => {
    const door = await openDoor(tlsOf(authority.issue('control.test'), authority.ca));
    const { cert, key } = authority.issue('node-1');
    const complaints = await sendNode(door, 'https', { cert, key, ca: authority.ca });
    await expect.poll(isThere(door), WAIT).toBe(true);
    expect(complaints()).toBe('');
  });

  test.each<[string, NodeTls, RegExp]>([
    ['no certificate', { ca: authority.ca }, /certificate required|handshake failure|alert/i],
    [
      'a certificate of another authority',
      { ...stranger.issue('node-1'), ca: authority.ca },
      /unknown ca|alert|socket hang up|ECONNRESET/i,
    ],
    [
      'no trust in the replica',
      { ...authority.issue('node-1'), ca: stranger.ca },
      /unable to (get|verify)|self-signed|signature/i,
    ],
  ])('takes no node with %s, though it has the key', async (_what, tls, reason) => {
    const door = await openDoor(tlsOf(authority.issue('control.test'), authority.ca));
    const complaints = await sendNode(door, 'https', tls);
    await expect.poll(complaints, WAIT).toMatch(reason);
    expect(door.gate.nodes()).toEqual([]);
  });

  test('is not believed by a node where its certificate is for another name', async () => {
    const door = await openDoor(tlsOf(authority.issue('other.test')));
    const complaints = await sendNode(door, 'https', { ca: authority.ca });
    await expect.poll(complaints, WAIT).toMatch(/does not match certificate's altnames/);
  });

  test('asks for no certificate without an authority for them', async () => {
    const door = await openDoor(tlsOf(authority.issue('control.test')));
    await sendNode(door, 'https', { ca: authority.ca });
    await expect.poll(isThere(door), WAIT).toBe(true);
  });

  test('is plain without a certificate', async () => {
    const door = await openDoor();
    await sendNode(door, 'http', {});
    await expect.poll(isThere(door), WAIT).toBe(true);
    expect((await fetch(`http://${HOST}:${door.port}/`)).status).toBe(404);
  });

  test('says which file cannot be read, or is none', async () => {
    const good = tlsOf(authority.issue('control.test'));
    if (good === undefined) throw new Error('it was made');
    const missing = join(folder, 'missing.crt');
    await expect(openDoor({ ...good, certPath: missing })).rejects.toThrow(
      `${missing} cannot be read`,
    );
    const text = file('text', 'hello');
    await expect(openDoor({ ...good, keyPath: text })).rejects.toThrow(`${text} is no PEM file`);
  });

  test('says that it is taken', async () => {
    const { port } = await openDoor();
    await expect(openDoor(undefined, port)).rejects.toThrow(
      `BALAI_NODES_PORT ${port} cannot be opened`,
    );
  });
});

test('nodes come to the main port where they have none of their own', async () => {
  const mainServer = createServer();
  await new Promise<void>((resolve) => mainServer.listen(0, HOST, () => resolve()));
  closers.push(() => mainServer.close());
  const address = mainServer.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const door = await openNodesDoor({
    config: { nodeKey: NODE_KEY, port: undefined, tls: undefined },
    mainServer,
    host: HOST,
    replicaId: 'replica',
    routerCapabilities: new FakeNodeMedia().getRouterCapabilities(),
    logger: pino({ level: 'silent' }),
  });
  closers.push(() => door.close());
  expect(door.port).toBeUndefined();
  await sendNode({ ...door, port }, 'http', {});
  await expect.poll(isThere(door), WAIT).toBe(true);
});
