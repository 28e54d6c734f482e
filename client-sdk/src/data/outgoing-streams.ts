import type { ParticipantId } from '@balai/protocol';
import { newId } from '../new-id.ts';
import { concat, encode, FRAME, type FrameType } from './data-frames.ts';
import type { DataOutlet } from './data-outlet.ts';
import type {
  ByteStreamInfo,
  ByteStreamWriter,
  SendFileOptions,
  StreamBytesOptions,
} from './data-types.ts';

/** Small enough that messages of others, and lossy ones, find gaps. */
const CHUNK_BYTES = 16_000;

/** Streams of bytes that we send during one stay. */
export class OutgoingStreams {
  readonly #outlet: DataOutlet;
  #count = 0;

  constructor(outlet: DataOutlet) {
    this.#outlet = outlet;
  }

  /** @param destinations Null where nobody of those whom it is for is there. */
  async begin(
    options: StreamBytesOptions,
    destinations: readonly ParticipantId[] | null,
  ): Promise<ByteStreamWriter> {
    const { name = '', mimeType = 'application/octet-stream', totalSize, topic = '' } = options;
    const header = {
      id: newId(),
      name,
      mimeType,
      timestamp: Date.now(),
      attributes: options.attributes ?? {},
      ...(totalSize === undefined ? {} : { size: totalSize }),
    };
    this.#count += 1;
    const number = uint32(this.#count);
    const send = async (type: FrameType, ...parts: Uint8Array[]) => {
      if (!destinations) return;
      const payload = concat([number, ...parts]);
      const label = type === FRAME.begin ? topic : '';
      await this.#outlet.send('reliable', type, destinations, label, payload);
    };
    await send(FRAME.begin, encode(JSON.stringify(header)));
    return new Writer({ ...header, topic }, send, () => this.#outlet.flush());
  }

  async sendFile(
    file: File,
    options: SendFileOptions,
    destinations: readonly ParticipantId[] | null,
  ): Promise<ByteStreamInfo> {
    const { name, size, type } = file;
    const { onProgress } = options;
    const writer = await this.begin(
      {
        ...options,
        name,
        totalSize: size,
        mimeType: options.mimeType ?? (type || 'application/octet-stream'),
      },
      destinations,
    );
    try {
      for (let at = 0; at < size; at += CHUNK_BYTES) {
        const end = Math.min(at + CHUNK_BYTES, size);
        await writer.write(new Uint8Array(await file.slice(at, end).arrayBuffer()));
        onProgress?.(end / size);
      }
    } catch (error) {
      await writer.abort();
      throw error;
    }
    await writer.close();
    return writer.info;
  }
}

class Writer implements ByteStreamWriter {
  readonly info: ByteStreamInfo;
  readonly #send: (type: FrameType, ...parts: Uint8Array[]) => Promise<void>;
  readonly #flush: () => Promise<void>;
  #chunks = 0;

  constructor(
    info: ByteStreamInfo,
    send: (type: FrameType, ...parts: Uint8Array[]) => Promise<void>,
    flush: () => Promise<void>,
  ) {
    this.info = info;
    this.#send = send;
    this.#flush = flush;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
      const number = uint32(this.#chunks);
      this.#chunks += 1;
      await this.#send(FRAME.chunk, number, chunk.subarray(at, at + CHUNK_BYTES));
    }
  }

  async close(): Promise<void> {
    await this.#send(FRAME.end, uint32(this.#chunks));
    await this.#flush();
  }

  async abort(): Promise<void> {
    // Where it cannot be told, the receivers have heard of worse.
    await this.#send(FRAME.abort).catch(() => undefined);
  }
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
