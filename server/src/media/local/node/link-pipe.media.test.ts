import { createWorker, type types } from 'mediasoup';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaCodecs } from '../codecs.ts';
import { type LinkPipe, openLinkPipe } from './link-pipe.ts';

const WAIT = { timeout: 5_000, interval: 10 };
const ADDRESS = { listenIp: '127.0.0.1', ports: { min: 42_000, max: 42_999 } };

let worker: types.Worker;
let router: types.Router;
let heard: string[];

beforeEach(async () => {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  worker = await createWorker(workerBin === undefined ? {} : { workerBin });
  router = await worker.createRouter({ mediaCodecs: mediaCodecs() });
  heard = [];
});
afterEach(() => worker.close());

const open = () =>
  openLinkPipe(router, ADDRESS, (kind, message) => heard.push(`${kind} ${message.toString()}`));

async function openBoth(): Promise<readonly [LinkPipe, LinkPipe]> {
  const [one, other] = await Promise.all([open(), open()]);
  await Promise.all([one.connect(other.endpoint), other.connect(one.endpoint)]);
  return [one, other];
}

describe('a link between two nodes', () => {
  test('carries messages both ways, the reliable ones in order', async () => {
    const [one, other] = await openBoth();
    const count = 200;
    for (let index = 0; index < count; index += 1) one.send('reliable', Buffer.from(`a${index}`));
    await expect.poll(() => heard.length, WAIT).toBe(count);
    expect(heard).toEqual(Array.from({ length: count }, (_, index) => `reliable a${index}`));
    other.send('lossy', Buffer.from('b'));
    await expect.poll(() => heard.at(-1), WAIT).toBe('lossy b');
  });

  test("is the same end however often it is connected, and no other's", async () => {
    const [one, other] = await openBoth();
    await one.connect(other.endpoint);
    const third = await open();
    await expect(one.connect(third.endpoint)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('shows nobody what it carries, and takes nothing twice or from others', async () => {
    const sealed: Buffer[] = [];
    const outgoing: string[] = [];
    router.observer.on('newtransport', (transport) => {
      if (transport.type !== 'direct') return;
      transport.observer.on('newdataproducer', ({ id }) => outgoing.push(id));
    });
    const [one, other] = await openBoth();
    const tap = await router.createDirectTransport();
    for (const dataProducerId of outgoing) {
      const consumer = await tap.consumeData({ dataProducerId });
      consumer.on('message', (message) => sealed.push(Buffer.from(message)));
    }
    one.send('reliable', Buffer.from('secret'));
    await expect.poll(() => heard, WAIT).toEqual(['reliable secret']);
    await expect.poll(() => sealed.length, WAIT).toBeGreaterThan(0);
    const [message = Buffer.alloc(0)] = sealed;
    expect(message.includes('secret')).toBe(false);

    other.take('reliable', message);
    const later = Buffer.from(message);
    later.writeBigUInt64BE(99n);
    other.take('reliable', later);
    other.take('lossy', message);
    other.take('reliable', Buffer.from('short'));
    one.send('reliable', Buffer.from('last'));
    await expect.poll(() => heard, WAIT).toEqual(['reliable secret', 'reliable last']);
  });

  test('ends with its router', async () => {
    const [one] = await openBoth();
    router.close();
    expect(one.isClosed).toBe(true);
    one.send('reliable', Buffer.from('nobody hears it'));
    await expect(open()).rejects.toMatchObject({ code: 'media_unavailable' });
  });
});
