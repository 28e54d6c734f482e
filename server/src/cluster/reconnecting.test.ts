import { randomUUID } from 'node:crypto';
import type { ParticipantId } from '@balai/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../test/cuttable-proxy.ts';
import { FAKE_RTP_PARAMETERS } from '../features/sessions/testing/fake-media-plane.ts';
import { ControlLinks } from './control-links.ts';
import type { RemoteNode } from './remote-node.ts';
import { FakeNodeMedia } from './test-node-media.ts';
import { nodeAt, startNode, startReplica, type TestNode, type TestReplica } from './test-nodes.ts';
import type { NodeFacts } from './wire.ts';

const WAIT = { timeout: 10_000, interval: 5 };

let replica: TestReplica;
let proxy: CuttableProxy;
let plane: FakeNodeMedia;
let node: TestNode;
let remote: RemoteNode;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  plane = new FakeNodeMedia();
  replica = await startReplica(plane.getRouterCapabilities());
  proxy = await startCuttableProxy(replica.url, 80);
  node = await startNode({ media: plane, urls: [proxy.url] });
  remote = await nodeAt(replica);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  node.close();
  await proxy.close();
  await replica.close();
});

async function join(
  to: RemoteNode = remote,
  participantId: ParticipantId = randomUUID(),
  roomId = 'room',
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

const publish = (participantId: ParticipantId) =>
  remote.publish({
    participantId,
    kind: 'video',
    rtpParameters: FAKE_RTP_PARAMETERS,
    isMuted: false,
  });

const away = () => expect.poll(() => remote.state, WAIT).toBe('away');
const back = () => expect.poll(() => remote.state, WAIT).toBe('connected');

function lossesOf(one: RemoteNode): NodeFacts['mediaLost'][] {
  const losses: NodeFacts['mediaLost'][] = [];
  one.events.on('mediaLost', (fact) => losses.push(fact));
  return losses;
}

function lineOf(participantId: ParticipantId, score: number): NodeFacts['lineMeasured'] {
  const sample = { score, loss: null, jitterMs: null, roundTripMs: null };
  return { participantId, isReachable: true, send: sample, receive: null };
}

describe('a node whose socket breaks and is opened again', () => {
  test('has its people still, and nobody hears of a loss', async () => {
    const ada = await join();
    const losses = lossesOf(remote);
    await proxy.cut();
    await away();
    await proxy.mend();
    await back();
    await publish(ada);
    expect(losses).toEqual([]);
    expect(replica.gate.nodes()).toEqual([remote]);
  });

  test('does what it was told while it was away', async () => {
    const ada = await join();
    await proxy.cut();
    await away();
    const publishing = publish(ada);
    const ben = join();
    await proxy.mend();
    await publishing;
    expect(plane.participantIds).toEqual([ada, await ben]);
  });

  test('does once what was under way, and its answer arrives', async () => {
    const ada = await join();
    const release = plane.hold('publish');
    const publishing = publish(ada);
    await expect.poll(() => plane.commands.at(-1)?.command, WAIT).toBe('publish');
    await proxy.cut();
    await away();
    release();
    await proxy.mend();
    const { trackId } = await publishing;
    await remote.setMuted(ada, trackId, true);
    expect(plane.commands.filter(({ command }) => command === 'publish')).toHaveLength(1);
    expect(plane.muted).toContain(trackId);
  });

  test('lets somebody in once, who came as it broke', async () => {
    const release = plane.hold('join');
    const joining = join();
    await expect.poll(() => plane.commands.at(-1)?.command, WAIT).toBe('join');
    await proxy.cut();
    await away();
    await proxy.mend();
    await back();
    release();
    const ada = await joining;
    expect(plane.participantIds).toEqual([ada]);
    expect(plane.joins).toHaveLength(1);
    await publish(ada);
  });

  test('tells then what happened meanwhile, once and in order', async () => {
    const [ada, ben] = [await join(), await join()];
    const heard: unknown[] = [];
    for (const name of ['dataClosed', 'lineMeasured', 'mediaLost'] as const) {
      remote.events.on(name, (fact) => heard.push(fact));
    }
    const closed = { participantId: ada, direction: 'send', reason: 'failed' } as const;
    plane.events.emit('dataClosed', closed);
    await expect.poll(() => heard, WAIT).toEqual([closed]);
    await proxy.cut();
    await away();
    plane.events.emit('lineMeasured', lineOf(ada, 1));
    plane.events.emit('dataClosed', { ...closed, reason: 'too_slow' });
    plane.events.emit('lineMeasured', lineOf(ada, 2));
    plane.loseMedia('room', [ben]);
    await proxy.mend();
    await expect.poll(() => heard.length, WAIT).toBe(4);
    plane.events.emit('lineMeasured', lineOf(ada, 3));
    await expect.poll(() => heard.length, WAIT).toBe(5);
    expect(heard.slice(2)).toEqual(
      expect.arrayContaining([{ ...closed, reason: 'too_slow' }, lineOf(ada, 2), lineOf(ada, 3)]),
    );
    expect(heard).toContainEqual({ roomId: 'room', participantIds: [ben] });
    expect(heard).not.toContainEqual(lineOf(ada, 1));
  });

  test('lets go of who left meanwhile', async () => {
    const [ada, ben] = [await join(), await join()];
    await proxy.cut();
    await away();
    await remote.leave(ada);
    expect(plane.participantIds).toEqual([ada, ben]);
    await proxy.mend();
    await expect.poll(() => plane.participantIds, WAIT).toEqual([ben]);
  });

  test('is lost when too much was to be told, with everybody on it', async () => {
    node.close();
    await expect.poll(() => remote.state, WAIT).toBe('lost');
    node = await startNode({ media: plane, urls: [proxy.url], outboxLimit: 3 });
    remote = await nodeAt(replica);
    const ada = await join();
    const losses = lossesOf(remote);
    await proxy.cut();
    await away();
    for (let count = 0; count < 4; count += 1) {
      plane.events.emit('dataClosed', { participantId: ada, direction: 'send', reason: 'failed' });
    }
    await expect.poll(() => plane.participantIds, WAIT).toEqual([]);
    await proxy.mend();
    await expect.poll(() => losses, WAIT).toEqual([{ roomId: 'room', participantIds: [ada] }]);
    await join();
  });
});

describe('a node that is cut off for longer than its lease', () => {
  test('is lost: its people hear it within 3 s, and it lets go of them when it is back', async () => {
    const [ada, ben] = [await join(), await join(remote, randomUUID(), 'other')];
    const losses = lossesOf(remote);
    const lost = new Promise((resolve) => replica.gate.events.on('nodeLost', resolve));
    proxy.block();
    const blockedAt = performance.now();
    const waiting = publish(ada);
    await expect(waiting).rejects.toMatchObject({ code: 'media_unavailable' });
    expect(performance.now() - blockedAt).toBeLessThan(3_100);
    expect(await lost).toBe(remote);
    expect(losses).toEqual([
      { roomId: 'room', participantIds: [ada] },
      { roomId: 'other', participantIds: [ben] },
    ]);
    expect(remote.state).toBe('lost');
    await expect(publish(ada)).rejects.toMatchObject({ code: 'media_unavailable' });
    await remote.leave(ada);
    expect(await remote.getLoad()).toEqual([]);
    await expect.poll(() => node.links.isCutOff, WAIT).toBe(true);

    await proxy.cut();
    await proxy.mend();
    const again = await nodeAt(replica);
    expect(again).not.toBe(remote);
    expect(again.info.bootId).toBe(remote.info.bootId);
    await expect.poll(() => plane.participantIds, WAIT).toEqual([]);
    await expect.poll(() => node.links.isCutOff, WAIT).toBe(false);
    // Ids of commands begin anew, and the answers of before are not taken for theirs.
    const cyd = await join(again);
    expect(plane.participantIds).toEqual([cyd]);
  });

  test('lets go of its people by itself when their replica stays away', async () => {
    node.close();
    node = await startNode({ media: plane, urls: [proxy.url], keptMs: 50 });
    await expect.poll(() => replica.gate.nodes()[0], WAIT).not.toBe(remote);
    remote = await nodeAt(replica);
    await join();
    await proxy.cut();
    await expect.poll(() => plane.participantIds, WAIT).toEqual([]);
    expect(node.host.peopleCount).toBe(0);
  });
});

describe('a node that is started anew', () => {
  test('is another one, and who was on it is told of', async () => {
    const ada = await join();
    const losses = lossesOf(remote);
    await proxy.cut();
    const fresh = await startNode({ media: new FakeNodeMedia(), urls: [replica.url] });
    closers.push(fresh.close);
    const joined = new Promise<RemoteNode>((resolve) =>
      replica.gate.events.on('nodeJoined', resolve),
    );
    expect((await joined).info.bootId).toBe(fresh.hello.bootId);
    expect(losses).toEqual([{ roomId: 'room', participantIds: [ada] }]);
    expect(remote.state).toBe('lost');
  });

  test('says goodbye before, and nobody waits for it', async () => {
    const ada = await join();
    const losses = lossesOf(remote);
    const saidAt = performance.now();
    node.close();
    await expect.poll(() => losses, WAIT).toEqual([{ roomId: 'room', participantIds: [ada] }]);
    expect(performance.now() - saidAt).toBeLessThan(1_000);
  });
});

test('a node that knows that its socket is dead is let in at once, whatever the replica thinks', async () => {
  const ada = await join();
  // The replica keeps its end open, and hears nothing any more.
  proxy.block();
  const detour = await startCuttableProxy(replica.url, 80);
  closers.push(() => detour.close());
  node.links.close();
  const again = new ControlLinks({
    urls: [detour.url],
    hello: () => node.hello,
    host: node.host,
    logger: pino({ level: 'silent' }),
  });
  closers.push(() => again.close());
  const startedAt = performance.now();
  await again.start();
  await expect.poll(() => again.replicaCount, WAIT).toBe(1);
  await publish(ada);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  expect(replica.gate.nodes()).toEqual([remote]);
});
