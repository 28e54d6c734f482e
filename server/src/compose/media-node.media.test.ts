import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../test/cuttable-proxy.ts';
import { Meeting } from '../../test/rtc/meeting.ts';
import { type ServerProcess, spawnServer } from '../../test/server-process.ts';
import type { RemoteNode } from '../cluster/remote-node.ts';
import { NODE_KEY, nodeAt, startReplica, type TestReplica } from '../cluster/test-nodes.ts';
import { computeRouterCapabilities } from '../media/local/codecs.ts';

const WAIT = { timeout: 10_000, interval: 20 };

let replica: TestReplica;
let proxy: CuttableProxy;
const running: ServerProcess[] = [];
const meetings: Meeting[] = [];

beforeEach(async () => {
  replica = await startReplica(computeRouterCapabilities());
  proxy = await startCuttableProxy(replica.url, 80);
});
afterEach(async () => {
  for (const meeting of meetings.splice(0)) meeting.close();
  for (const node of running.splice(0)) await node.kill();
  await proxy.close();
  await replica.close();
});

function start(change: Record<string, string> = {}): ServerProcess {
  const node = spawnServer({
    BALAI_ROLE: 'media',
    BALAI_NODE_KEY: NODE_KEY,
    BALAI_CONTROL_URLS: proxy.url,
    BALAI_NODE_ID: 'media-1',
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    PORT: '0',
    ...change,
  });
  running.push(node);
  return node;
}

async function readiness({ ready }: ServerProcess): Promise<unknown> {
  const answer = await fetch(`${await ready}/readyz`);
  return [answer.status, await answer.json()];
}

/** Somebody who sends a picture, and somebody who gets it. */
async function meet(remote: RemoteNode) {
  const meeting = new Meeting(remote);
  meetings.push(meeting);
  const ada = await meeting.attend();
  const camera = await meeting.publish(ada, 'video');
  const ben = await meeting.attend({ subscribeTo: [camera.trackId] });
  const [subscription] = ben.joined.subscriptions;
  if (subscription === undefined) throw new Error('the picture was not delivered');
  await ben.client.waitForMedia(subscription);
  return { meeting, ada, ben, subscription };
}

describe('the process of a media node', () => {
  test('needs no store, comes to the control replicas by itself, and carries media', async () => {
    const node = start({ BALAI_NODE_REGION: 'north', BALAI_NODE_LABELS: 'rack=7' });
    const remote = await nodeAt(replica);
    expect(remote.info).toMatchObject({
      nodeId: 'media-1',
      region: 'north',
      labels: { rack: '7' },
      capacity: { cores: 1 },
      workers: 1,
    });
    await meet(remote);
    await expect
      .poll(() => readiness(node), WAIT)
      .toEqual([200, { ready: true, checks: { workers: true, control: true } }]);
    const alive = await fetch(`${await node.ready}/healthz`);
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
    expect((await fetch(`${await node.ready}/`)).status).toBe(404);
  });

  test('tells operators how its workers do, and nothing of what it does not know', async () => {
    const token = 'a-long-random-text';
    const node = start({ BALAI_METRICS_TOKEN: token });
    const url = `${await node.ready}/metrics`;
    await meet(await nodeAt(replica));
    expect((await fetch(url)).status).toBe(401);
    const text = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).text();
    expect(text).toContain('\nbalai_info{role="media"} 1\n');
    expect(text).toMatch(/\nbalai_worker_consumers\{worker="0"\} 1\n/);
    expect(text).toMatch(/\nbalai_node_free_ratio 0\.\d+\n/);
    expect(text).not.toMatch(/\nbalai_(rooms|participants|nodes)\b/);
  });

  test('is ready once a control replica is there, and not without one', async () => {
    await proxy.cut();
    const node = start();
    const waiting = [503, { ready: false, checks: { workers: true, control: false } }];
    expect(await readiness(node)).toEqual(waiting);
    await proxy.mend();
    await expect.poll(async () => ((await readiness(node)) as unknown[])[0], WAIT).toBe(200);
    proxy.block();
    await expect.poll(() => readiness(node), WAIT).toEqual(waiting);
  });

  test('keeps media flowing while its socket is broken, and takes commands after it', async () => {
    start();
    const remote = await nodeAt(replica);
    const { meeting, ada, ben, subscription } = await meet(remote);
    await proxy.cut();
    await expect.poll(() => remote.state, WAIT).toBe('away');
    await ben.client.waitForMedia(subscription, 25);
    await proxy.mend();
    const microphone = await meeting.publish(ada, 'audio');
    expect(await meeting.receive(ben, [microphone])).toHaveLength(1);
    expect(remote.state).toBe('connected');
  });

  test('that is killed is lost within 3 s, with everybody on it', async () => {
    const node = start();
    const remote = await nodeAt(replica);
    const { meeting, ada, ben } = await meet(remote);
    const lost = new Promise((resolve) => remote.events.on('mediaLost', resolve));
    await node.kill();
    const killedAt = performance.now();
    expect(await lost).toEqual({
      roomId: meeting.roomId,
      participantIds: [ada.participantId, ben.participantId],
    });
    expect(performance.now() - killedAt).toBeLessThan(3_100);
  });

  test('stops on SIGTERM with a goodbye, and exit status 0, once nobody goes elsewhere in time', async () => {
    const node = start({ BALAI_DRAIN_TIMEOUT_S: '1' });
    const remote = await nodeAt(replica);
    await meet(remote);
    const lost = new Promise((resolve) => replica.gate.events.on('nodeLost', resolve));
    node.child.kill('SIGTERM');
    expect(await lost).toBe(remote);
    expect(await node.exited).toBe(0);
  });

  test('says what is wrong with its configuration, all at once', async () => {
    const node = spawnServer({ BALAI_ROLE: 'media', BALAI_NODE_KEY: 'short', PORT: 'http' });
    running.push(node);
    expect(await node.exited).toBe(1);
    expect(node.output().trimEnd().split('\n')).toEqual([
      'The configuration has faults:',
      '  PORT must be a whole number from 0 to 65535',
      '  BALAI_NODE_KEY must have at least 32 characters',
      '  BALAI_CONTROL_URLS is required for a media node',
    ]);
  });

  test('says which port it cannot have', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as AddressInfo;
    const node = start({ PORT: String(port) });
    expect(await node.exited).toBe(1);
    expect(node.output()).toContain(`Balai cannot start: Port ${port} is in use`);
    await new Promise((resolve) => other.close(resolve));
  });
});
