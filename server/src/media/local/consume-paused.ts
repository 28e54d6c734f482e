import { errors, ortc, type types } from 'mediasoup';

/** What mediasoup's transports have for themselves. */
interface Inside {
  getProducerById: (producerId: string) => types.Producer | undefined;
}

/**
 * Makes the leaving end of a piped track, paused. `PipeTransport.consume` cannot: what it makes
 * flows at once, and asks the publisher for a key frame before anybody can receive it. The one that
 * the first subscriber then asks for has to wait for its turn (KEY_FRAME_INTERVAL_MS), and the
 * picture with it.
 *
 * The worker knows how, and so does the method of all transports which `PipeTransport` hides behind
 * its own. That one chooses other parameters, so it is shown a track that offers those of a pipe.
 *
 * @throws Error of mediasoup, `NotFoundError` if the track has ended.
 */
export async function consumePaused(
  transport: types.PipeTransport,
  producerId: string,
): Promise<types.Consumer> {
  const inside = transport as unknown as Inside;
  const producer = inside.getProducerById(producerId);
  if (producer === undefined) throw new errors.NotFoundError('the track has ended');
  const { consumableRtpParameters: consumable, kind, type } = producer;
  const parameters = ortc.getPipeConsumerRtpParameters({
    consumableRtpParameters: consumable,
    enableRtx: true,
  });
  const { codecs, headerExtensions = [] } = parameters;
  const offered = { ...consumable, codecs, headerExtensions };
  const rtpCapabilities = {
    codecs: codecs.map(({ payloadType, ...codec }) => ({
      ...codec,
      kind,
      preferredPayloadType: payloadType,
    })),
    headerExtensions: headerExtensions.map(({ uri, id }) => ({ kind, uri, preferredId: id })),
  };
  const find = inside.getProducerById;
  // It looks the track up before it waits for anything.
  inside.getProducerById = () =>
    ({ id: producerId, kind, type, consumableRtpParameters: offered }) as types.Producer;
  try {
    return consumeOfAll(transport).call(transport, {
      producerId,
      rtpCapabilities,
      paused: true,
      enableRtx: true,
      pipe: true,
    });
  } finally {
    inside.getProducerById = find;
  }
}

/** How transports that are no pipes consume. */
function consumeOfAll(transport: types.PipeTransport): types.PlainTransport['consume'] {
  const all = Object.getPrototypeOf(Object.getPrototypeOf(transport)) as types.PlainTransport;
  return all.consume;
}
