import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type Attendee, Meeting } from '../../../test/rtc/meeting.ts';
import type { MediaPlane, WorkerLoad } from '../media-plane.ts';
import { chooseWorker } from '../placement/choose-place.ts';
import { afterPlacement, NO_LOAD, type PlacementLimits } from '../placement/place-load.ts';
import { createLocalMediaPlane, type LocalMediaPlaneOptions } from './local-media-plane.ts';
import type { ChooseWorker } from './worker-pool.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(options: Partial<LocalMediaPlaneOptions>): Promise<MediaPlane> {
  const plane = await createLocalMediaPlane({
    workerBin: process.env['MEDIASOUP_WORKER_BIN'],
    workerCount: 2,
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger: pino({ level: 'silent' }),
    ...options,
  });
  closers.push(() => plane.close());
  return plane;
}

function meet(plane: MediaPlane): Meeting {
  const meeting = new Meeting(plane);
  closers.push(() => meeting.close());
  return meeting;
}

const MEASURED = { timeout: 30_000, interval: 100 };

test('a room goes on elsewhere while its worker is measured to be busy, and returns to it', async () => {
  // So low that a few people reach them, and so close that what is busy has no space left.
  const limits: PlacementLimits = { spillAt: 0.06, returnAt: 0.03, fullAt: 0.063 };
  const plane = await start({ placementLimits: limits });
  const meeting = meet(plane);
  const ada = await meeting.attend({ canSubscribe: false });
  const [first] = (await plane.getLoad()).filter(({ routers }) => routers > 0);
  const load = async (isFirst: boolean): Promise<WorkerLoad | undefined> =>
    (await plane.getLoad()).find(({ pid }) => (pid === first?.pid) === isFirst);
  const audience: Attendee[] = [];
  for (let count = 0; count < 3; count += 1) {
    audience.push(await meeting.attend({ canPublish: false }));
  }
  expect((await load(true))?.transports).toBe(4);

  // Five hundred packets a second to each: more and more of them, until that is too much.
  const isBusy = async () => {
    const { cpuShare = 0, isBusy = false } = (await load(true)) ?? {};
    return isBusy && cpuShare > limits.spillAt;
  };
  const senders = [];
  while (!(await isBusy())) {
    const options = { frameBytes: [1_000], intervalMs: 2 };
    const camera = await meeting.publish(ada, 'simulcast', false, options);
    senders.push(camera);
    for (const one of audience) await meeting.receive(one, [camera]);
    const { cpuShare = 0 } = (await load(true)) ?? {};
    await expect.poll(async () => (await load(true))?.cpuShare, MEASURED).not.toBe(cpuShare);
    expect(senders.length).toBeLessThan(20);
  }
  const [camera] = senders;
  if (camera === undefined) throw new Error('the worker was busy with nothing');
  const ben = await meeting.attend({ canPublish: false, subscribeTo: [camera.trackId] });
  expect(await load(false)).toMatchObject({ routers: 1, transports: 1, pipes: 1, isBusy: false });
  for (const one of ben.joined.subscriptions) await ben.client.waitForMedia(one);

  for (const { sender } of senders) sender.stop();
  await expect.poll(async () => (await load(true))?.isBusy, MEASURED).toBe(false);
  await meeting.join({ canPublish: false });
  expect(await load(true)).toMatchObject({ transports: 5 });
}, 90_000);

/** Loads by what the room is expected to take: the same on every machine. */
function byRoom(limits: PlacementLimits): ChooseWorker {
  return (newcomer, workers) =>
    chooseWorker(
      newcomer,
      workers.map((worker) => ({
        ...worker,
        load: afterPlacement(NO_LOAD, { share: worker.roomCores ?? 0, growthShare: 0 }, limits),
      })),
      limits,
    );
}

test('a publisher with 1,000 receive-only subscribers is on all workers, and piped once to each', async () => {
  const limits: PlacementLimits = { spillAt: 0.3, returnAt: 0.22, fullAt: 0.45 };
  const plane = await start({ workerCount: 3, chooseWorker: byRoom(limits) });
  const meeting = meet(plane);
  const ada = await meeting.attend({ canSubscribe: false });
  const tracks = [await meeting.publish(ada, 'audio'), await meeting.publish(ada, 'video')];
  const subscribeTo = tracks.map(({ trackId }) => trackId);
  const audience: string[] = [];
  const watchers: Attendee[] = [];
  // Every fiftieth with a real client; the others take their place and connect nothing.
  for (let count = 0; count < 1_000; count += 1) {
    const options = { canPublish: false, subscribeTo };
    const isWatcher = count % 50 === 0;
    const one = isWatcher ? await meeting.attend(options) : await meeting.join(options);
    expect(one.joined.subscriptions).toHaveLength(2);
    audience.push(one.participantId);
    if ('client' in one) watchers.push(one as Attendee);
  }
  const loads = await plane.getLoad();
  const consumers = loads.map((load) => load.consumers);
  expect(consumers.reduce((sum, count) => sum + count, 0)).toBe(2_000);
  expect(Math.min(...consumers)).toBeGreaterThan(400);
  expect(loads.map(({ routers }) => routers)).toEqual([1, 1, 1]);
  expect(loads.map(({ pipes }) => pipes).sort()).toEqual([0, 2, 2]);
  await Promise.all(
    watchers.flatMap(({ client, joined }) =>
      joined.subscriptions.map((one) => client.waitForMedia(one)),
    ),
  );
  for (const participantId of audience) await plane.leave(participantId);
  expect(await plane.getLoad()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ routers: 1, transports: 1, consumers: 0, pipes: 0 }),
      expect.objectContaining({ routers: 0, transports: 0, consumers: 0, pipes: 0 }),
    ]),
  );
}, 120_000);
