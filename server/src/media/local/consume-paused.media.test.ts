import { createWorker, type types } from 'mediasoup';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { forwardDependencies, mediaCodecs } from './codecs.ts';
import { consumePaused } from './consume-paused.ts';

/** All that does not differ from one consumer to the next; repairs only where there is a codec for them. */
function withoutSsrcs({ encodings = [], codecs, ...rest }: types.RtpParameters) {
  const canRepair = codecs.some(({ mimeType }) => mimeType.endsWith('/rtx'));
  return {
    ...rest,
    codecs,
    encodings: encodings.map(({ ssrc: _, rtx, ...encoding }) => ({
      ...encoding,
      isRepaired: canRepair && rtx !== undefined,
    })),
  };
}

/** In layers, as browsers send each codec. */
function encodingsOf(mimeType: string): types.RtpEncodingParameters[] {
  if (mimeType === 'audio/opus') return [{ ssrc: 1 }];
  if (['video/VP9', 'video/AV1'].includes(mimeType)) return [{ ssrc: 1, scalabilityMode: 'L3T3' }];
  return ['a', 'b'].map((rid) => ({ rid, scalabilityMode: 'L1T3' }));
}

describe('the end of a pipe that is made paused', () => {
  let worker: types.Worker;
  let router: types.Router;
  let pipe: types.PipeTransport;

  beforeAll(async () => {
    const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
    worker = await createWorker({ logLevel: 'none', ...(workerBin && { workerBin }) });
  });
  afterAll(() => worker?.close());
  beforeEach(async () => {
    router = await worker.createRouter({ mediaCodecs: mediaCodecs() });
    const listenInfo = { protocol: 'udp', ip: '127.0.0.1' } as const;
    pipe = await router.createPipeTransport({ listenInfo, enableRtx: true });
  });

  async function publish(index: number): Promise<types.Producer> {
    const { codecs = [], headerExtensions = [] } = router.rtpCapabilities;
    const media = codecs.filter(({ mimeType }) => !mimeType.endsWith('/rtx'))[index];
    if (media === undefined) throw new Error('there is no such codec');
    const { kind, preferredPayloadType } = media;
    const repair = codecs.filter(({ parameters }) => parameters?.['apt'] === preferredPayloadType);
    const transport = await router.createWebRtcTransport({ listenIps: ['127.0.0.1'] });
    const producer = await transport.produce({
      kind,
      rtpParameters: {
        mid: '0',
        codecs: [media, ...repair].map(({ mimeType, clockRate, channels, ...rest }) => ({
          mimeType,
          clockRate,
          ...(channels === undefined ? {} : { channels }),
          payloadType: rest.preferredPayloadType,
          parameters: rest.parameters ?? {},
          rtcpFeedback: rest.rtcpFeedback ?? [],
        })),
        headerExtensions: headerExtensions
          .filter((extension) => extension.kind === kind)
          .map(({ uri, preferredId }) => ({ uri, id: preferredId })),
        encodings: encodingsOf(media.mimeType),
      },
    });
    forwardDependencies(producer);
    return producer;
  }

  test.each(mediaCodecs().map(({ mimeType }, index) => [mimeType, index] as const))(
    'sends %s as mediasoup’s own does (codec %i)',
    async (_, index) => {
      const producer = await publish(index);
      const own = await pipe.consume({ producerId: producer.id });
      const paused = await consumePaused(pipe, producer.id);
      expect(withoutSsrcs(paused.rtpParameters)).toEqual(withoutSsrcs(own.rtpParameters));
      expect(paused).toMatchObject({ kind: own.kind, type: 'pipe', paused: true });
      expect(own.paused).toBe(false);
      producer.close();
      await expect.poll(() => paused.closed).toBe(true);
    },
  );

  test('is not made of a track that has ended', async () => {
    const producer = await publish(0);
    producer.close();
    await expect(consumePaused(pipe, producer.id)).rejects.toThrow('the track has ended');
    await expect(pipe.consume({ producerId: producer.id })).rejects.toThrow('not found');
  });
});
