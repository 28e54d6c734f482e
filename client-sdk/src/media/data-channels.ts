import { DATA_KINDS, type DataKind, type DataReception } from '@balai/protocol';
import type { types } from 'mediasoup-client';
import { ConnectionError } from '../errors.ts';
import type { DataSending } from './media-engine.ts';

/** For the way to the server to be found, and SCTP to begin. */
const OPEN_TIMEOUT_MS = 15_000;

/** Opens a channel on a sending transport; settles when the server knows of it and data can flow. */
export async function openDataChannel(
  transport: types.Transport,
  kind: DataKind,
  announce: (streamId: number) => Promise<unknown>,
): Promise<DataSending> {
  const producer = await transport
    .produceData(kind === 'lossy' ? { ordered: false, maxRetransmits: 0 } : {})
    .catch((cause: unknown) => {
      throw new ConnectionError('cancelled', undefined, { cause });
    });
  try {
    const { streamId = 0 } = producer.sctpStreamParameters;
    await Promise.all([announce(streamId), opened(producer)]);
  } catch (error) {
    producer.close();
    throw error;
  }
  return {
    get bufferedAmount() {
      return producer.bufferedAmount;
    },
    send(message) {
      try {
        producer.send(message);
      } catch (cause) {
        // The server closed it, and its word of that is on its way.
        throw new ConnectionError('cancelled', undefined, { cause });
      }
    },
    close: () => producer.close(),
  };
}

/** Receives on the channels that the server sends on. */
export async function receiveDataChannels(
  transport: types.Transport,
  reception: DataReception,
  onMessage: (kind: DataKind, message: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  // Both at once would have a second negotiation begin before the first one ends.
  for (const kind of DATA_KINDS) {
    const { streamId, ordered, maxPacketLifeTime } = reception[kind];
    const consumer = await transport.consumeData({
      id: `${kind} ${streamId}`,
      dataProducerId: kind,
      sctpStreamParameters: {
        streamId,
        ordered,
        ...(maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime }),
      },
    });
    consumer.binaryType = 'arraybuffer';
    consumer.on('message', (message: ArrayBuffer) => onMessage(kind, new Uint8Array(message)));
  }
}

function opened(producer: types.DataProducer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = () => reject(new ConnectionError('cancelled'));
  // An association that failed before does not come back, and nobody says so.
  const timer = setTimeout(() => reject(new ConnectionError('request_timeout')), OPEN_TIMEOUT_MS);
  if (producer.readyState === 'open') resolve();
  producer.on('open', resolve);
  producer.on('close', fail);
  producer.on('transportclose', fail);
  return promise.finally(() => clearTimeout(timer));
}
