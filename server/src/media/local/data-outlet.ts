import type { DataKind } from '@balai/protocol';
import type { types } from 'mediasoup';
import { toAppError } from './media-errors.ts';

/** Payload protocol identifier of binary messages (RFC 8831, section 8). */
const BINARY = 53;

/** Whom a message is for. */
export interface DataAddressees {
  /** Empty: everybody who receives from this outlet. */
  readonly subchannels: number[];
  /** Who does not get it, whoever else does. */
  readonly except?: number | undefined;
}

/** Makes the outlet of a router. It ends with the router. @throws AppError `media_unavailable`. */
export async function openDataOutlet(router: types.Router): Promise<DataOutlet> {
  try {
    const transport = await router.createDirectTransport();
    const [reliable, lossy] = await Promise.all([
      transport.produceData({ label: 'reliable' }),
      transport.produceData({ label: 'lossy' }),
    ]);
    return new DataOutlet(transport, { reliable, lossy });
  } catch (error) {
    throw toAppError(error, 'media_unavailable');
  }
}

/**
 * Where data leaves this process for one worker, and comes from it: each message goes to the
 * worker once, which copies it to those of its participants whom it is for.
 */
export class DataOutlet {
  readonly #transport: types.DirectTransport;
  readonly #producers: { readonly [K in DataKind]: types.DataProducer };

  constructor(
    transport: types.DirectTransport,
    producers: { readonly [K in DataKind]: types.DataProducer },
  ) {
    this.#transport = transport;
    this.#producers = producers;
  }

  /** What a receiver on the same router consumes. */
  producerIdOf(kind: DataKind): string {
    return this.#producers[kind].id;
  }

  /** Takes what a sender on the same router sends. */
  async consume(dataProducerId: string): Promise<types.DataConsumer> {
    return await this.#transport.consumeData({ dataProducerId });
  }

  /** Nothing where the router is gone. */
  send(kind: DataKind, message: Buffer, { subchannels, except }: DataAddressees): void {
    const producer = this.#producers[kind];
    if (!producer.closed) producer.send(message, BINARY, subchannels, undefined, except);
  }
}
