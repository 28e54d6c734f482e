import { connect } from 'node:net';
import { pino } from 'pino';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeNodeMedia } from './test-node-media.ts';
import {
  NODE_KEY,
  nodeAt,
  startNode,
  startReplica,
  type TestNode,
  type TestNodeOptions,
  type TestReplica,
} from './test-nodes.ts';
import { NODE_PROTOCOL_VERSION, NODES_PATH } from './wire.ts';
import { fingerprintOf } from './wire-schemas.ts';

const WAIT = { timeout: 10_000, interval: 10 };
const CAPABILITIES = new FakeNodeMedia().getRouterCapabilities();

let replica: TestReplica;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  replica = await startReplica(CAPABILITIES);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await replica.close();
});

async function node(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const started = await startNode({ media: new FakeNodeMedia(), urls: [replica.url], ...options });
  closers.push(started.close);
  return started;
}

/** Somebody who says this as a greeting. */
function knock(auth: object, namespace = '/nodes'): Socket {
  const socket = io(`${replica.url}${namespace}`, {
    path: NODES_PATH,
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth,
  });
  closers.push(() => socket.disconnect());
  return socket;
}

async function refusalOf(socket: Socket): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error('it was let in')));
    socket.once('connect_error', (error: Error & { data?: unknown }) => resolve(error.data));
  });
}

const GREETING = {
  protocol: NODE_PROTOCOL_VERSION,
  nodeKey: NODE_KEY,
  nodeId: 'node-1',
  bootId: 'boot-1',
  region: null,
  labels: {},
  addresses: [],
  capacity: { cores: 1 },
  workers: 1,
  routerFingerprint: fingerprintOf(CAPABILITIES),
  linkedTo: [],
};

describe('the gate of nodes', () => {
  test.each([
    ['no key', { nodeKey: undefined }, 'unauthorized'],
    ['another key', { nodeKey: `${NODE_KEY}k` }, 'unauthorized'],
    ['another key and another version', { nodeKey: 'no', protocol: 99 }, 'unauthorized'],
    ['another version', { protocol: 99, extra: true }, 'unsupported_protocol'],
    ['other codecs', { routerFingerprint: 'other' }, 'unsupported_protocol'],
    ['no version', { protocol: undefined }, 'invalid_request'],
    ['an unknown field', { extra: true }, 'invalid_request'],
    ['an id that is none', { nodeId: 'a b' }, 'invalid_request'],
    ['no cores', { capacity: { cores: 0 } }, 'invalid_request'],
  ])('refuses a node with %s, with a code', async (_what, change, code) => {
    expect(await refusalOf(knock({ ...GREETING, ...change }))).toMatchObject({
      code,
      replicaId: replica.replicaId,
    });
    expect(replica.gate.nodes()).toEqual([]);
  });

  test('has nothing else behind it', async () => {
    await refusalOf(knock(GREETING, '/'));
    await refusalOf(knock(GREETING, '/other'));
    const answer = await fetch(`${replica.url}${NODES_PATH}?EIO=4&transport=polling`);
    expect(answer.status).toBe(400);
  });

  test('takes only as much from strangers as a greeting has', async () => {
    const { port, hostname } = new URL(replica.url);
    const socket = connect(Number(port), hostname);
    closers.push(() => socket.destroy());
    socket.on('error', () => socket.destroy());
    const isClosed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `GET ${NODES_PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    // A frame of four megabytes that begins and does not end.
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0]);
    socket.write(Buffer.concat([head, Buffer.alloc(128 * 1024)]));
    const startedAt = performance.now();
    await isClosed;
    // Sooner than whoever says nothing is sent away.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('lets the registry refuse a node', async () => {
    const { AppError } = await import('../kernel/app-error.ts');
    const strict = await startReplica(CAPABILITIES, {
      admit: () => Promise.reject(new AppError('unavailable', 'Redis is away')),
    });
    closers.push(() => strict.close());
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => lines.push(line) });
    await node({ urls: [strict.url], logger });
    await expect.poll(() => lines.join(''), WAIT).toMatch(/"code":"unavailable".*Redis is away/);
    expect(strict.gate.nodes()).toEqual([]);
  });

  test('takes one of two nodes with one id, and the other one when the first is gone', async () => {
    const first = await node();
    const taken = await nodeAt(replica);
    expect(taken.info).toMatchObject({ nodeId: 'node-1', bootId: first.hello.bootId });
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => lines.push(line) });
    const second = await node({ logger });
    await expect.poll(() => lines.join(''), WAIT).toMatch(/"code":"conflict".*BALAI_NODE_ID/);
    expect(replica.gate.nodes()).toEqual([taken]);
    expect(taken.state).toBe('connected');
    first.close();
    await expect
      .poll(() => replica.gate.find('node-1')?.info.bootId, WAIT)
      .toBe(second.hello.bootId);
    expect(taken.state).toBe('lost');
  });

  test('is passed once by a node that finds a replica at two addresses', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
    const { port } = new URL(replica.url);
    const { links } = await node({
      urls: [replica.url, `http://name.test:${port}`],
      lookUp: async () => [{ address: '127.0.0.1', family: 4 }],
      logger,
    });
    await nodeAt(replica);
    await new Promise((resolve) => {
      let reports = 0;
      replica.gate.events.on('nodeReported', () => {
        reports += 1;
        if (reports === 3) resolve(reports);
      });
    });
    expect(links.replicaCount).toBe(1);
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('tells what a node is and how it does', async () => {
    const reported = new Promise((resolve) => {
      replica.gate.events.on('nodeReported', ({ report }) => resolve(report));
    });
    const { hello, host } = await node({
      hello: { region: 'north', labels: { rack: '7' }, capacity: { cores: 4 } },
    });
    host.drain();
    const { info } = await nodeAt(replica);
    expect(info).toEqual({
      nodeId: 'node-1',
      bootId: hello.bootId,
      region: 'north',
      labels: { rack: '7' },
      addresses: ['127.0.0.1'],
      capacity: { cores: 4 },
      workers: 1,
    });
    expect(await reported).toEqual({ load: [], isDraining: true, isDrained: false });
  });
});

describe('a node', () => {
  test('finds every replica behind one name, those too that come later', async () => {
    const { port } = new URL(replica.url);
    const other = await startReplica(CAPABILITIES, { address: '127.0.0.2', port: Number(port) });
    closers.push(() => other.close());
    let known = ['127.0.0.1'];
    const { links } = await node({
      urls: [`http://control.test:${port}`],
      lookUp: async (host) => {
        expect(host).toBe('control.test');
        return known.map((address) => ({ address, family: 4 }));
      },
      lookUpIntervalMs: 20,
    });
    await nodeAt(replica);
    expect(other.gate.nodes()).toEqual([]);
    known = ['127.0.0.1', '127.0.0.2'];
    await nodeAt(other);
    expect(links.replicaCount).toBe(2);
    // A name that forgets who is there takes nobody away.
    known = ['127.0.0.2'];
    await new Promise((resolve) => replica.gate.events.on('nodeReported', resolve));
    expect(links.replicaCount).toBe(2);
  });

  test('goes on with the addresses it has when a name is not found, and says so once', async () => {
    const { port } = new URL(replica.url);
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => lines.push(line) });
    let lookUps = 0;
    const { links } = await node({
      urls: [`http://control.test:${port}`],
      lookUp: async () => {
        lookUps += 1;
        if (lookUps > 1) throw new Error('no such name');
        return [{ address: '127.0.0.1', family: 4 }];
      },
      lookUpIntervalMs: 10,
      logger,
    });
    await nodeAt(replica);
    await expect.poll(() => lookUps, WAIT).toBeGreaterThan(4);
    expect(links.replicaCount).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('no such name');
  });
});
