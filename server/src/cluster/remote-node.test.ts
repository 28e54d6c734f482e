import { randomUUID } from 'node:crypto';
import type { ParticipantId } from '@balai/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../kernel/app-error.ts';
import { createRemoteNode, type RemoteNode } from './remote-node.ts';
import { FakeNodeMedia } from './test-node-media.ts';
import { nodeAt, startNode, startReplica, type TestNode, type TestReplica } from './test-nodes.ts';

const WAIT = { timeout: 10_000, interval: 5 };

let plane: FakeNodeMedia;
let replicas: [TestReplica, TestReplica, TestReplica];
let remotes: [RemoteNode, RemoteNode, RemoteNode];
let node: TestNode;

beforeEach(async () => {
  plane = new FakeNodeMedia();
  const start = (replicaId: string) =>
    startReplica(plane.getRouterCapabilities(), { replicaId, commandTimeoutMs: 300 });
  replicas = [await start('A'), await start('B'), await start('C')];
  node = await startNode({ media: plane, urls: replicas.map(({ url }) => url) });
  remotes = [await nodeAt(replicas[0]), await nodeAt(replicas[1]), await nodeAt(replicas[2])];
});
afterEach(async () => {
  node.close();
  for (const replica of replicas) await replica.close();
});

async function join(
  to: RemoteNode,
  roomId = 'room',
  participantId: ParticipantId = randomUUID(),
): Promise<ParticipantId> {
  await to.join({
    roomId,
    participantId,
    rtpCapabilities: plane.getRouterCapabilities(),
    canPublish: true,
    canSubscribe: true,
    subscribeTo: [],
  });
  return participantId;
}

describe('a command', () => {
  test('brings results and buffers there and back as they are', async () => {
    const [remote] = remotes;
    const ada = await join(remote);
    const payload = Buffer.from([0, 1, 255]);
    await remote.sendData({ roomId: 'room', kind: 'lossy', topic: '', payload, destinations: [] });
    expect(plane.sentData[0]?.payload).toEqual(payload);
    expect(await remote.stopData(ada)).toBeUndefined();
    expect(await remote.receiveData(ada)).toEqual(await plane.receiveData(ada));
  });

  test('fails with what the node says', async () => {
    const [remote] = remotes;
    const ada = await join(remote);
    plane.failNext(
      'limitData',
      new AppError('rate_limited', 'Slowly', { retryAfterMs: 7, details: ['why'] }),
    );
    await expect(remote.limitData(ada, [])).rejects.toMatchObject({
      name: 'AppError',
      code: 'rate_limited',
      message: 'Slowly',
      retryAfterMs: 7,
      details: ['why'],
    });
    await expect(remote.unpublish(ada, 'none')).rejects.toMatchObject({ code: 'track_not_found' });
  });

  test('that meets a fault of the node fails with internal, and does not say what it was', async () => {
    const [remote] = remotes;
    const ada = await join(remote);
    plane.failNext('stopData', new Error('secret of the machine room'));
    const failure = await remote.stopData(ada).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'AppError', code: 'internal' });
    expect(String(failure)).not.toContain('secret');
  });

  test('has a deadline, and others are done meanwhile', async () => {
    const [remote] = remotes;
    const ada = await join(remote);
    const release = plane.hold('flushData');
    const flushing = remote.flushData(ada, 1);
    await remote.limitData(ada, ['chat']);
    await expect(flushing).rejects.toMatchObject({ code: 'timeout' });
    release();
    await remote.limitData(ada, 'all');
    expect(plane.topics.get(ada)).toBe('all');
  });

  test('to join that comes too late leaves nobody behind', async () => {
    const [remote] = remotes;
    const release = plane.hold('join');
    await expect(join(remote)).rejects.toMatchObject({ code: 'timeout' });
    release();
    await expect.poll(() => node.host.peopleCount, WAIT).toBe(0);
    await expect.poll(() => plane.participantIds, WAIT).toEqual([]);
    expect(remote.peopleCount).toBe(0);
  });

  test('to join somebody who is there is a conflict, from whichever replica', async () => {
    const [a, b] = remotes;
    const ada = await join(a);
    for (const remote of [a, b]) {
      await expect(join(remote, 'room', ada)).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(plane.participantIds).toEqual([ada]);
    expect([a.peopleCount, b.peopleCount]).toEqual([1, 0]);
  });
});

describe('several replicas', () => {
  test('hear of their own people, and of rooms in which they have some', async () => {
    const [a, b, c] = remotes;
    const [ada, ben] = [await join(a), await join(b)];
    await join(c, 'elsewhere');
    const heard: [string, unknown][] = [];
    for (const [index, remote] of remotes.entries()) {
      const name = 'ABC'[index] ?? '';
      remote.events.on('mediaLost', ({ participantIds }) => heard.push([name, participantIds]));
      remote.events.on('audioLevels', ({ levels }) => heard.push([name, levels]));
      remote.events.on('transportFailed', ({ transportId }) => heard.push([name, transportId]));
    }
    plane.events.emit('transportFailed', { participantId: ben, transportId: 't' });
    plane.events.emit('audioLevels', { roomId: 'room', levels: [] });
    plane.loseMedia('room', [ada, ben]);
    await expect.poll(() => heard.length, WAIT).toBe(5);
    expect(heard.filter(([name]) => name === 'A')).toEqual([
      ['A', []],
      ['A', [ada]],
    ]);
    expect(heard.filter(([name]) => name === 'B')).toEqual([
      ['B', 't'],
      ['B', []],
      ['B', [ben]],
    ]);
    expect(remotes.map(({ peopleCount }) => peopleCount)).toEqual([0, 0, 1]);
  });

  test('do not lose their people when another one closes, whose own people leave', async () => {
    const [a, b] = remotes;
    const [, ben] = [await join(a), await join(b)];
    await replicas[0].close();
    expect(plane.participantIds).toEqual([ben]);
    await b.stopData(ben);
  });

  test('take over people of one that is gone, and hear of them from then on', async () => {
    const [a, b] = remotes;
    const [ada, ben] = [await join(a), await join(a)];
    const nobody = randomUUID();
    const people = [ada, ben, nobody].map((participantId) => ({ participantId, roomId: 'room' }));
    expect(await b.adopt(people)).toEqual([ada, ben]);
    expect(b.peopleCount).toBe(2);
    await replicas[0].close();
    const failed = new Promise((resolve) => b.events.on('transportFailed', resolve));
    plane.events.emit('transportFailed', { participantId: ada, transportId: 't' });
    expect(await failed).toEqual({ participantId: ada, transportId: 't' });
    expect(plane.participantIds).toEqual([ada, ben]);
  });
});

test('a node that does not say whether it gave somebody to a replica is told to let go of them', async () => {
  const { node: remote, connection } = createRemoteNode({
    info: { ...node.hello, nodeId: 'silent' },
    replicaId: 'A',
    routerCapabilities: plane.getRouterCapabilities(),
    onResumed: () => undefined,
    onReport: () => undefined,
    onLost: () => undefined,
    leaseMs: 100,
    logger: pino({ level: 'silent' }),
  });
  const commands: unknown[] = [];
  connection.attach({
    resume: (_, answered) => answered({ missing: [], told: 0 }),
    command: ({ command, args }) => commands.push([command, ...args]),
    adopt: () => undefined,
    close: () => undefined,
  });
  const living = setInterval(() => connection.heard(), 10);
  await expect.poll(() => remote.state).toBe('connected');
  const adopting = remote.adopt([{ participantId: 'ada', roomId: 'room' }]);
  await expect(adopting).rejects.toMatchObject({ code: 'timeout' });
  expect(commands).toEqual([['leave', 'ada']]);
  clearInterval(living);
  connection.lose('the test is over');
});
