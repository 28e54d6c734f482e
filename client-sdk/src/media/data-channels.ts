import { DATA_KINDS, type DataKind, type DataReception } from '@balai/protocol';
import type { types } from 'mediasoup-client';
import { ConnectionError } from '../errors.ts';
import type { DataSending } from './media-engine.ts';

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
  return producer;
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
  return new Promise((resolve, reject) => {
    const fail = () => reject(new ConnectionError('cancelled'));
    if (producer.readyState === 'open') resolve();
    producer.on('open', resolve);
    producer.on('close', fail);
    producer.on('transportclose', fail);
  });
}
