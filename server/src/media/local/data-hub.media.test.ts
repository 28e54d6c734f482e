import { createWorker, type types } from 'mediasoup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataHub } from './data-hub.ts';
import { openDataOutlet } from './data-outlet.ts';

let worker: types.Worker;

beforeAll(async () => {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  worker = await createWorker(workerBin === undefined ? {} : { workerBin });
});

afterAll(() => worker.close());

test('a sender that cannot be opened leaves nothing behind', async () => {
  const router = await worker.createRouter();
  const direct: types.Transport[] = [];
  router.observer.on('newtransport', (transport) => direct.push(transport));
  const outlet = await openDataOutlet(router);
  const hub = new DataHub(() => undefined);
  const transport = await router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    enableSctp: true,
  });
  const producers: types.DataProducer[] = [];
  transport.observer.on('newdataproducer', (producer) => producers.push(producer));
  direct[0]?.close();
  for (let count = 1; count <= 3; count += 1) {
    // The same stream each time: one that was left behind would have it.
    const refused = expect.objectContaining({ code: 'media_unavailable' });
    await expect(hub.openSender('ann', { transport, outlet }, 'reliable', 0)).rejects.toEqual(
      refused,
    );
    expect(producers).toHaveLength(count);
  }
  expect(producers.map(({ closed }) => closed)).toEqual([true, true, true]);
});
