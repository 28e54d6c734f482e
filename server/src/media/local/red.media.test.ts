import { createWorker, type types } from 'mediasoup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaCodecs } from './codecs.ts';

const RED: types.RouterRtpCodecCapability = {
  kind: 'audio',
  mimeType: 'audio/red',
  clockRate: 48_000,
  channels: 2,
  parameters: {},
};

/**
 * Why nobody is offered audio with redundancy (RFC 2198), which browsers would send.
 * Where one of these fails, mediasoup has learned it, and it is time to offer it.
 */
describe('redundant audio', () => {
  let worker: types.Worker;

  beforeAll(async () => {
    const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
    worker = await createWorker({ logLevel: 'none', ...(workerBin && { workerBin }) });
  });
  afterAll(() => worker?.close());

  test('is a codec that no router can be made with', async () => {
    await expect(worker.createRouter({ mediaCodecs: [...mediaCodecs(), RED] })).rejects.toThrow(
      'media codec not supported [mimeType:audio/red]',
    );
  });

  test('is refused when a browser sends it all the same', async () => {
    const router = await worker.createRouter({ mediaCodecs: mediaCodecs() });
    const transport = await router.createWebRtcTransport({ listenIps: ['127.0.0.1'] });
    const codec = { clockRate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] };
    const publish = (codecs: types.RtpCodecParameters[]) =>
      transport.produce({
        kind: 'audio',
        rtpParameters: { mid: '0', codecs, headerExtensions: [], encodings: [{ ssrc: 1 }] },
      });
    const opus = { ...codec, mimeType: 'audio/opus', payloadType: 111 };
    const red = { ...codec, mimeType: 'audio/red', payloadType: 63 };
    await expect(publish([red, opus])).rejects.toThrow('unsupported codec [mimeType:audio/red');
    // As it is without.
    await expect(publish([opus])).resolves.toMatchObject({ kind: 'audio' });
  });
});
