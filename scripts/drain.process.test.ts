/** What a hook runs in the container of a media node before it is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  NODE_KEY,
  nodeAt,
  startReplica,
  type TestReplica,
} from '../server/src/cluster/test-nodes.ts';
import { computeRouterCapabilities } from '../server/src/media/local/codecs.ts';
import { Meeting } from '../server/test/rtc/meeting.ts';
import { type ServerProcess, spawnServer } from '../server/test/server-process.ts';

const BALAI = fileURLToPath(new URL('balai.mjs', import.meta.url));

let replica: TestReplica;
const running: ServerProcess[] = [];
const meetings: Meeting[] = [];

beforeEach(async () => {
  replica = await startReplica(computeRouterCapabilities());
});
afterEach(async () => {
  for (const meeting of meetings.splice(0)) meeting.close();
  for (const node of running.splice(0)) await node.kill();
  await replica.close();
});

/** A node with somebody on it. */
async function startNode(drainTimeoutS: number) {
  const env = {
    BALAI_ROLE: 'media',
    BALAI_NODE_KEY: NODE_KEY,
    BALAI_CONTROL_URLS: replica.url,
    BALAI_NODE_ID: 'media-1',
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    BALAI_DRAIN_TIMEOUT_S: String(drainTimeoutS),
    PORT: '0',
  };
  const node = spawnServer(env);
  running.push(node);
  const url = await node.ready;
  const remote = await nodeAt(replica);
  const meeting = new Meeting(remote);
  meetings.push(meeting);
  const { participantId } = await meeting.attend();
  return { node, url, remote, participantId, env: { ...env, PORT: new URL(url).port } };
}

/** `balai drain`, as the hook calls it. */
async function drain(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [BALAI, 'drain'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [status] = await once(child, 'close');
  return { status, output };
}

const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status;

test('waits until nobody is left, and the stop that follows waits for nothing', async () => {
  const { node, url, remote, participantId, env } = await startNode(60);
  await expect.poll(() => readiness(url)).toBe(200);
  const drained = drain(env);
  await expect.poll(() => remote.report?.isDraining).toBe(true);
  expect(await readiness(url)).toBe(503);
  await remote.leave(participantId);
  expect(await drained).toMatchObject({
    status: 0,
    output: expect.stringMatching(/with 1 person on it\n· nobody is left\n/),
  });
  // It is for the signal to end it.
  expect(node.child.exitCode).toBeNull();
  node.child.kill('SIGTERM');
  expect(await node.exited).toBe(0);
});

test('gives up with the time that the node has, and the stop does not begin it anew', async () => {
  const { node, env } = await startNode(6);
  const { status, output } = await drain(env);
  expect(status).toBe(0);
  expect(output).toContain('1 person did not go in time');
  const stoppedAt = performance.now();
  node.child.kill('SIGTERM');
  expect(await node.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
});

test('is refused without the key of the nodes', async () => {
  const { url, env } = await startNode(60);
  await expect.poll(() => readiness(url)).toBe(200);
  const { status, output } = await drain({ ...env, BALAI_NODE_KEY: 'x'.repeat(40) });
  expect(status).toBe(1);
  expect(output).toContain('answers 401');
  expect((await fetch(`${url}/drain`, { method: 'POST' })).status).toBe(401);
  expect(await readiness(url)).toBe(200);
});

test('says that no node answers, or that this is none', async () => {
  const { node, url, env } = await startNode(60);
  await node.kill();
  expect(await drain(env)).toMatchObject({
    status: 1,
    output: expect.stringContaining(`no media node answers at ${url}/drain`),
  });
  expect(await drain({ ...env, BALAI_ROLE: 'all' })).toMatchObject({
    status: 1,
    output: expect.stringContaining('this is for a media node'),
  });
});
