import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeCheckParts } from '../../test/fakes/fake-check-parts.ts';
import type { CheckInfo } from './check-info.ts';
import { CHECK_NAMES, ConnectionCheck, type ConnectionCheckOptions } from './connection-check.ts';

let parts: FakeCheckParts;
beforeEach(() => {
  vi.useFakeTimers();
  parts = new FakeCheckParts();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(options: ConnectionCheckOptions = {}): ConnectionCheck {
  return new ConnectionCheck('https://balai.example', options, parts);
}

/** Lets all the time pass that the work wants. */
async function pass<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) await vi.advanceTimersByTimeAsync(100);
  return await done;
}

function statuses(infos: readonly CheckInfo[]): Record<string, string> {
  return Object.fromEntries(
    infos.map(({ name, status, reason }) => [name, reason ? `${status}: ${reason.code}` : status]),
  );
}

test('all checks run one by one, and say what they found', async () => {
  parts.iceServers = [
    { urls: ['stun:stun.example.org'] },
    { urls: ['turn:turn.example.org', 'stun:turn.example.org'], username: 'u', credential: 'c' },
  ];
  const check = open();
  const told: string[] = [];
  check.on('checkUpdate', (id, { name, status }) => {
    expect(CHECK_NAMES[id]).toBe(name);
    const line = `${name} ${status}`;
    if (told.at(-1) !== line) told.push(line);
  });
  expect(check.getResults().map(({ status }) => status)).toEqual(CHECK_NAMES.map(() => 'idle'));
  const results = await pass(check.run());
  expect(told).toEqual([
    ...CHECK_NAMES.map((name) => `${name} idle`),
    ...CHECK_NAMES.flatMap((name) => [`${name} running`, `${name} success`]),
  ]);
  expect(check.isSuccess()).toBe(true);
  const dataOf = Object.fromEntries(results.map(({ name, data }) => [name, data]));
  const path = { serverAddress: '192.0.2.1:4443', roundTripMs: 20, connectMs: expect.any(Number) };
  expect(dataOf).toMatchObject({
    udp: { ...path, protocol: 'udp', candidateType: 'host' },
    tcp: { ...path, protocol: 'tcp', candidateType: 'host' },
    turn: { ...path, protocol: 'udp', candidateType: 'relay', relayProtocol: 'udp' },
    publish: {
      video: { mimeType: 'video/VP8', width: 640, height: 360, framesPerSecond: 20 },
      audio: { mimeType: 'audio/opus' },
    },
    bandwidth: { upstream: { lossRatio: 0 }, downstream: { roundTripMs: 20 } },
  });
  const { bandwidth } = dataOf as unknown as { bandwidth: { upstream: { bitrateBps: number } } };
  expect(bandwidth.upstream.bitrateBps / 2_000_000).toBeCloseTo(1, 2);
  // One room for all of them, and nothing of it is left open.
  expect([parts.requests, parts.peers, parts.tracks]).toEqual([1, 0, 0]);
  const [, udp, tcp, turn] = parts.joins;
  expect(udp?.options).toEqual({ iceTransport: 'udp', rtcConfig: { iceServers: [] } });
  expect(tcp?.options).toEqual({ iceTransport: 'tcp', rtcConfig: { iceServers: [] } });
  expect(turn?.options.rtcConfig).toEqual({
    iceTransportPolicy: 'relay',
    iceServers: [{ urls: ['turn:turn.example.org'], username: 'u', credential: 'c' }],
  });
});

test('where UDP is blocked and no TURN server offered, meetings work over TCP', async () => {
  parts.network.blocked.add('udp');
  const check = open();
  expect(statuses(await pass(check.run()))).toEqual({
    signalling: 'success',
    udp: 'failed: media_connection_failed',
    tcp: 'success',
    turn: 'skipped: turn_not_offered',
    publish: 'success',
    receive: 'success',
    bandwidth: 'success',
  });
  expect(check.isSuccess()).toBe(true);
  expect(check.getResults()[1]?.logs.at(-1)).toEqual({
    level: 'error',
    message: 'No media came through over UDP.',
  });
});

test('where media finds no way, nothing is tried over one', async () => {
  for (const path of ['udp', 'tcp', 'relay'] as const) parts.network.blocked.add(path);
  parts.iceServers = [{ urls: ['turns:turn.example.org'] }];
  const check = open();
  expect(statuses(await pass(check.run()))).toMatchObject({
    turn: 'failed: media_connection_failed',
    publish: 'skipped: no_media_path',
    receive: 'skipped: no_media_path',
    bandwidth: 'skipped: no_media_path',
  });
  expect(check.isSuccess()).toBe(false);
  expect([parts.peers, parts.tracks]).toEqual([0, 0]);
});

test('where the server is not reached, the rest is skipped', async () => {
  parts.network.isServerAway = true;
  const results = await pass(open().run());
  expect(statuses(results)).toMatchObject({
    signalling: 'failed: connection_failed',
    udp: 'skipped: server_not_reached',
    bandwidth: 'skipped: server_not_reached',
  });
});

test('what does not come back, and what is too little, fails', async () => {
  parts.network.isDeaf = true;
  expect(await pass(open().checkReceive())).toMatchObject({
    status: 'failed',
    reason: { code: 'media_not_received' },
  });
  parts.network.isDeaf = false;
  parts.network.bitrate = 90_000;
  expect(await pass(open().checkBandwidth())).toMatchObject({
    status: 'failed',
    reason: { code: 'bandwidth_too_low', message: 'Only 90 kbit/s come through.' },
    data: { downstream: { bitrateBps: expect.any(Number) } },
  });
  expect([parts.peers, parts.tracks]).toEqual([0, 0]);
});

test('without sound the picture is checked alone, with a word about it', async () => {
  parts.network.hasSound = false;
  const { status, data, logs } = await pass(open().checkReceive());
  expect(status).toBe('success');
  expect(data).toMatchObject({ video: { mimeType: 'video/VP8' } });
  expect(data).not.toHaveProperty('audio');
  expect(logs).toContainEqual({ level: 'warning', message: expect.stringContaining('Sound') });
});

test('a stay that is lost fails the check at once', async () => {
  parts.network.isDeaf = true;
  const checking = open().checkReceive();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(parts.peers).toBe(2);
  parts.loseAll();
  await vi.advanceTimersByTimeAsync(0);
  expect(await checking).toMatchObject({ reason: { code: 'media_connection_failed' } });
  expect([parts.peers, parts.tracks]).toEqual([0, 0]);
});

test('who gives up leaves nothing behind, whatever was under way', async () => {
  const giving = new AbortController();
  const tone = Promise.withResolvers<void>();
  const playTone = parts.playTone;
  parts.playTone = async () => {
    await tone.promise;
    return await playTone();
  };
  const check = open({ signal: giving.signal });
  const running = check.run();
  while (check.getResults()[4]?.status !== 'running') await vi.advanceTimersByTimeAsync(100);
  giving.abort();
  const results = await pass(running);
  expect(statuses(results)).toMatchObject({
    udp: 'success',
    publish: 'failed: cancelled',
    receive: 'failed: cancelled',
  });
  // The tone comes too late.
  tone.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect([parts.peers, parts.tracks]).toEqual([0, 0]);
});

test('two checks that are asked for at once run one after the other, in one room', async () => {
  const check = open();
  const both = Promise.all([check.checkUdp(), check.checkTcp()]);
  await vi.advanceTimersByTimeAsync(0);
  expect(check.getResults().map(({ status }) => status)).not.toContain('failed');
  expect(check.getResults()[2]?.status).toBe('idle');
  expect(statuses(await pass(both))).toEqual({ udp: 'success', tcp: 'success' });
  expect(parts.requests).toBe(1);
});

test('an own server may have asked for the room, and the next check of the same object for another', async () => {
  const access = await parts.requestAccess();
  parts.requests = 0;
  await pass(open({ access }).checkUdp());
  expect(parts.requests).toBe(0);
  const check = open();
  await pass(check.checkUdp());
  vi.setSystemTime(Date.now() + 280_000);
  await pass(check.checkUdp());
  expect(parts.requests).toBe(2);
});
