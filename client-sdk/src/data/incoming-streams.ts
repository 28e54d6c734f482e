import type { Identity, ParticipantId } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { decode, FRAME, type ReceivedFrame } from './data-frames.ts';
import type { ByteStreamHandler, ByteStreamInfo, ByteStreamReader } from './data-types.ts';
import { handOver } from './hand-over.ts';

/** Bytes before the payload of a chunk: number of the stream, number of the chunk. */
const CHUNK_HEADER_BYTES = 8;

interface Incoming {
  readonly sender: ParticipantId;
  readonly reader: Reader;
  chunks: number;
}

/** Streams of bytes that are under way to us. */
export class IncomingStreams {
  readonly #handlers: ReadonlyMap<string, ByteStreamHandler>;
  readonly #streams = new Map<string, Incoming>();

  constructor(handlers: ReadonlyMap<string, ByteStreamHandler>) {
    this.#handlers = handlers;
  }

  /** Takes any frame that is no message. */
  take({ type, sender, topic, payload }: ReceivedFrame, identity: Identity): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const key = `${sender} ${view.getUint32(0)}`;
    if (type === FRAME.begin) {
      this.#begin(key, sender, topic, identity, payload.subarray(4));
      return;
    }
    const stream = this.#streams.get(key);
    if (!stream) return;
    if (type === FRAME.abort || view.getUint32(4) !== stream.chunks) {
      this.#interrupt(key);
    } else if (type === FRAME.chunk) {
      stream.chunks += 1;
      stream.reader.push(payload.slice(CHUNK_HEADER_BYTES));
    } else {
      this.#streams.delete(key);
      stream.reader.end();
    }
  }

  /** What is under way does not come any more: from one sender, or from all. */
  interrupt(sender?: ParticipantId): void {
    for (const [key, stream] of this.#streams) {
      if (sender === undefined || stream.sender === sender) this.#interrupt(key);
    }
  }

  /** Interrupts what comes from people who left. */
  keep(isPresent: (sender: ParticipantId) => boolean): void {
    for (const { sender } of this.#streams.values()) {
      if (!isPresent(sender)) this.interrupt(sender);
    }
  }

  #begin(
    key: string,
    sender: ParticipantId,
    topic: string,
    identity: Identity,
    header: Uint8Array,
  ): void {
    const handler = this.#handlers.get(topic);
    if (!handler) return;
    const info = JSON.parse(decode(header)) as ByteStreamInfo;
    const reader = new Reader({ ...info, topic });
    this.#streams.set(key, { sender, reader, chunks: 0 });
    handOver(topic, () => handler(reader, { identity }));
  }

  #interrupt(key: string): void {
    this.#streams.get(key)?.reader.end(new BalaiError('stream_interrupted'));
    this.#streams.delete(key);
  }
}

class Reader implements ByteStreamReader {
  readonly info: ByteStreamInfo;
  onProgress?: (progress: number | undefined) => void;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #received = 0;
  #isOver = false;
  #error: Error | undefined;
  #progress = Promise.withResolvers<void>();

  constructor(info: ByteStreamInfo) {
    this.info = info;
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    const { size } = this.info;
    this.onProgress?.(size === undefined ? undefined : size && this.#received / size);
    this.#wake();
  }

  end(error?: Error): void {
    const { size = this.#received } = this.info;
    this.#isOver = true;
    this.#error =
      error ?? (this.#received === size ? undefined : new BalaiError('stream_interrupted'));
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        yield chunk;
      } else if (!this.#isOver) {
        await this.#progress.promise;
      } else if (this.#error) {
        throw this.#error;
      } else {
        return;
      }
    }
  }

  async readAll(): Promise<Uint8Array<ArrayBuffer>[]> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of this) chunks.push(chunk);
    return chunks;
  }

  #wake(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}
