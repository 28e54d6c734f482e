import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { Meeting } from '../../../test/rtc/meeting.ts';
import type { MediaPlane } from '../media-plane.ts';
import { chooseWorker } from '../placement/choose-place.ts';
import { afterPlacement, NO_LOAD } from '../placement/place-load.ts';
import { createLocalMediaPlane, type LocalMediaPlaneOptions } from './local-media-plane.ts';
import { TEST_WORKERS } from './test-workers.ts';
import type { ChooseWorker } from './worker-pool.ts';

describe('the local media plane', () => {
  const closers: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function start(options: Partial<LocalMediaPlaneOptions> = {}): Promise<MediaPlane> {
    const plane = await createLocalMediaPlane({ ...TEST_WORKERS, ...options });
    closers.push(() => plane.close());
    return plane;
  }

  function meet(plane: MediaPlane): Meeting {
    const meeting = new Meeting(plane);
    closers.push(() => meeting.close());
    return meeting;
  }

  /** Where a newcomer is told to send media. */
  async function endpointsOf(plane: MediaPlane): Promise<readonly string[]> {
    const { joined } = await meet(plane).join();
    const candidates = joined.sendTransport?.iceCandidates ?? [];
    return candidates.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`);
  }

  /**
   * A port that is free with the one after it, by UDP and TCP. None of those that the system
   * gives to whoever asks for any: it could be somebody's a moment later.
   */
  async function freePort(): Promise<number> {
    for (;;) {
      const port = randomInt(20_000, 30_000);
      const areFree = await Promise.all([port, port + 1].map((one) => isFree(one)));
      if (areFree.every(Boolean)) return port;
    }
  }

  async function isFree(port: number): Promise<boolean> {
    const tcp = createServer();
    const udp = createSocket('udp4');
    const bound = [
      once(tcp.listen(port, '127.0.0.1'), 'listening'),
      once(udp.bind(port, '127.0.0.1'), 'listening'),
    ];
    const outcomes = await Promise.allSettled(bound);
    await Promise.all([
      new Promise((resolve) => tcp.close(resolve)),
      new Promise<void>((resolve) => udp.close(resolve)),
    ]);
    return outcomes.every(({ status }) => status === 'fulfilled');
  }

  test('gives each worker one port for UDP and TCP, from the first on', async () => {
    const rtcPort = await freePort();
    const plane = await start({ workerCount: 2, rtcPort });
    const endpoints = await Promise.all([endpointsOf(plane), endpointsOf(plane)]);
    expect(endpoints.sort()).toEqual([
      [`udp 127.0.0.1:${rtcPort}`, `tcp 127.0.0.1:${rtcPort}`],
      [`udp 127.0.0.1:${rtcPort + 1}`, `tcp 127.0.0.1:${rtcPort + 1}`],
    ]);
  });

  test('replaces a worker that hangs, as one that died', async () => {
    const plane = await start({});
    const people = new Meeting(plane);
    const { participantId } = await people.join();
    const lost = new Promise((resolve) => plane.events.on('mediaLost', resolve));
    const [worker] = await plane.getLoad();
    process.kill(worker?.pid ?? 0, 'SIGSTOP');
    expect(await lost).toEqual({ roomId: people.roomId, participantIds: [participantId] });
    await expect.poll(() => plane.getLoad()).toMatchObject([{ slot: 0, restarts: 1 }]);
    await people.join();
  });

  test('gives a replaced worker the port of the one that died', async () => {
    const rtcPort = await freePort();
    const plane = await start({ rtcPort });
    const before = await endpointsOf(plane);
    const [worker] = await plane.getLoad();
    expect(worker).toMatchObject({ slot: 0, restarts: 0 });
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    const pids = async () => (await plane.getLoad()).map(({ pid }) => pid);
    await expect.poll(pids).not.toEqual([worker?.pid]);
    const replaced = () => plane.getLoad();
    await expect
      .poll(replaced, { timeout: 5_000 })
      .toMatchObject([{ slot: 0, restarts: 1, memoryBytes: expect.any(Number) }]);
    expect(await endpointsOf(plane)).toEqual(before);
  });

  test('announces the address that it is told to', async () => {
    const plane = await start({ announcedAddress: '203.0.113.9' });
    expect(await endpointsOf(plane)).toEqual([
      expect.stringMatching(/^udp 203\.0\.113\.9:\d+$/),
      expect.stringMatching(/^tcp 203\.0\.113\.9:\d+$/),
    ]);
  });

  test('says which port is taken and by which option it was chosen', async () => {
    const rtcPort = await freePort();
    const server = createServer().listen(rtcPort, '127.0.0.1');
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    await expect(start({ rtcPort })).rejects.toThrow(
      new RegExp(`from rtcPort ${rtcPort}: .*tcp.*127\\.0\\.0\\.1.*${rtcPort}.*already in use`),
    );
  });

  test('names a worker program that does not start', async () => {
    await expect(start({ workerBin: '/nonexistent/worker' })).rejects.toThrow(
      /\/nonexistent\/worker does not start: .*ENOENT/,
    );
  });

  /** Loads by what the room takes alone: the same on every machine. */
  const LIMITS = { spillAt: 0.006, returnAt: 0.004, fullAt: 0.014 };
  const byRoom: ChooseWorker = (newcomer, workers) =>
    chooseWorker(
      newcomer,
      workers.map((worker) => ({
        ...worker,
        load: afterPlacement(NO_LOAD, { share: worker.roomCores ?? 0, growthShare: 0 }, LIMITS),
      })),
      LIMITS,
    );

  test('spreads a publisher with many receive-only subscribers over all workers', async () => {
    const plane = await start({ workerCount: 3, chooseWorker: byRoom });
    const meeting = meet(plane);
    const ada = await meeting.attend({ canSubscribe: false });
    const tracks = [await meeting.publish(ada, 'audio'), await meeting.publish(ada, 'video')];
    const subscribeTo = tracks.map(({ trackId }) => trackId);
    const audience = [];
    for (let count = 0; count < 18; count += 1) {
      audience.push(await meeting.attend({ canPublish: false, subscribeTo }));
    }
    await Promise.all(
      audience.flatMap(({ client, joined }) =>
        joined.subscriptions.map((one) => client.waitForMedia(one)),
      ),
    );
    const loads = await plane.getLoad();
    const consumers = loads.map((load) => load.consumers);
    expect(consumers.reduce((sum, count) => sum + count, 0)).toBe(36);
    expect(Math.min(...consumers)).toBeGreaterThanOrEqual(8);
    // Each track goes once to each of the other workers.
    expect(loads.map(({ pipes }) => pipes).sort()).toEqual([0, 2, 2]);
    for (const { participantId } of audience) await plane.leave(participantId);
    expect((await plane.getLoad()).map(({ pipes }) => pipes)).toEqual([0, 0, 0]);
  });

  test('lets nobody in while it is drained, leaves who is there, and counts both', async () => {
    let isDraining = false;
    const outcomes: string[] = [];
    const plane = await start({
      isDraining: () => isDraining,
      metrics: { count: (_name, labels) => outcomes.push(Object.values(labels).join()) },
    });
    const meeting = meet(plane);
    const ada = await meeting.attend({ canSubscribe: false });
    isDraining = true;
    await expect(meeting.join()).rejects.toMatchObject({ code: 'media_unavailable' });
    await meeting.publish(ada, 'audio');
    isDraining = false;
    await meeting.join();
    expect(outcomes).toEqual(['start', 'draining', 'room']);
  });

  test('lets nobody in when every worker is full, and somebody when there is room again', async () => {
    const plane = await start({ workerCount: 2, chooseWorker: byRoom });
    const meeting = meet(plane);
    const ada = await meeting.attend({ canSubscribe: false });
    await meeting.publish(ada, 'audio');
    const audience: string[] = [];
    const enter = async () => {
      audience.push((await meeting.join({ canPublish: false })).participantId);
    };
    const fill = async () => {
      for (let count = 0; count < 100; count += 1) await enter();
    };
    await expect(fill()).rejects.toMatchObject({ code: 'media_unavailable' });
    expect(audience.length).toBeGreaterThan(8);
    for (const participantId of audience.splice(0, 8)) await plane.leave(participantId);
    await enter();
  });

  test('measures what its workers do', async () => {
    const plane = await start();
    const meeting = meet(plane);
    const ada = await meeting.attend();
    const camera = await meeting.publish(ada, 'video');
    const ben = await meeting.attend({ subscribeTo: [camera.trackId] });
    const load = async () => (await plane.getLoad())[0];
    const measured = { timeout: 15_000, interval: 100 };
    await expect.poll(async () => (await load())?.cpuShare, measured).toBeGreaterThan(0);
    await expect.poll(async () => (await load())?.incomingBps, measured).toBeGreaterThan(1_000);
    await expect.poll(async () => (await load())?.outgoingBps, measured).toBeGreaterThan(1_000);
    expect(await load()).toMatchObject({ consumers: 1, transports: 4, pipes: 0, isBusy: false });
    await plane.leave(ada.participantId);
    await plane.leave(ben.participantId);
    await expect.poll(async () => (await load())?.cpuShare, measured).toBe(0);
    expect(await load()).toMatchObject({ incomingBps: 0, outgoingBps: 0 });
  }, 60_000);

  test('leaves signals to the owner of the process', async () => {
    const before = (['SIGINT', 'SIGTERM'] as const).map((name) => process.listeners(name));
    await start({ workerCount: 2 });
    expect((['SIGINT', 'SIGTERM'] as const).map((name) => process.listeners(name))).toEqual(before);
  });

  test('closes full rooms without a complaint in the log', async () => {
    const complaints: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line) => complaints.push(line) });
    const plane = await start({ logger });
    const meeting = meet(plane);
    const ada = await meeting.attend();
    const camera = await meeting.publish(ada, 'video');
    const ben = await meeting.attend();
    const [subscription] = await meeting.receive(ben, [camera]);
    await ben.client.inbox.waitForMore(subscription?.rtpParameters.encodings[0]?.ssrc ?? 0, 1);
    await plane.close();
    expect(complaints).toEqual([]);
  });

  test('gives a client that lost its network time to come back, then tells of it', async () => {
    const plane = await start({ iceGraceMs: 100 });
    const meeting = meet(plane);
    const failed = Promise.withResolvers<unknown>();
    plane.events.on('transportFailed', (fact) =>
      failed.resolve({ fact, afterMs: performance.now() - cutAtMs }),
    );
    const ada = await meeting.attend({ protocol: 'tcp', canSubscribe: false });
    const cutAtMs = performance.now();
    ada.client.cutNetwork();
    expect(await failed.promise).toEqual({
      fact: {
        participantId: ada.participantId,
        transportId: ada.joined.sendTransport?.transportId,
      },
      afterMs: expect.toSatisfy((elapsedMs: number) => elapsedMs >= 99),
    });
  });

  test('tells of no failure of a participant that leaves, be it unreachable already', async () => {
    // Longer than it takes somebody to come in on a busy machine.
    const plane = await start({ iceGraceMs: 3_000 });
    const meeting = meet(plane);
    const failed: string[] = [];
    const wasTold = Promise.withResolvers<void>();
    plane.events.on('transportFailed', ({ participantId }) => {
      failed.push(participantId);
      wasTold.resolve();
    });
    const ada = await meeting.attend({ protocol: 'tcp', canSubscribe: false });
    ada.client.cutNetwork();
    const ben = await meeting.attend({ protocol: 'tcp', canSubscribe: false });
    await plane.leave(ada.participantId);
    ben.client.cutNetwork();
    await wasTold.promise;
    expect(failed).toEqual([ben.participantId]);
  });
});
