import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { Meeting } from '../../../test/rtc/meeting.ts';
import { describeMediaPlane } from '../media-plane.contract.ts';
import type { MediaPlane } from '../media-plane.ts';
import { createLocalMediaPlane, type LocalMediaPlaneOptions } from './local-media-plane.ts';

const common = {
  workerBin: process.env['MEDIASOUP_WORKER_BIN'],
  workerCount: 1,
  rtcPort: 0,
  listenAddresses: ['127.0.0.1'],
  logger: pino({ level: 'silent' }),
};

describeMediaPlane('the local media plane', (options) =>
  createLocalMediaPlane({ ...common, ...options }),
);

describe('the local media plane', () => {
  const closers: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function start(options: Partial<LocalMediaPlaneOptions> = {}): Promise<MediaPlane> {
    const plane = await createLocalMediaPlane({ ...common, ...options });
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

  /** A port that is free with the one after it, now. */
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return typeof address === 'object' && address !== null ? address.port : 0;
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

  test('gives a replaced worker the port of the one that died', async () => {
    const rtcPort = await freePort();
    const plane = await start({ rtcPort });
    const before = await endpointsOf(plane);
    const [worker] = await plane.getLoad();
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await expect.poll(() => plane.getLoad(), { timeout: 5_000 }).not.toEqual([worker]);
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
    const plane = await start({ iceGraceMs: 300 });
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
