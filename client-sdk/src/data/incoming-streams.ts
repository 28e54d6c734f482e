import { type Identity, LIMITS, type ParticipantId } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { decode, FRAME, type ReceivedFrame } from './data-frames.ts';
import type { ByteStreamHandler, ByteStreamInfo, ByteStreamReader } from './data-types.ts';
import { handOver } from './hand-over.ts';

/** Bytes before the payload of a chunk: number of the stream, number of the chunk. */
const CHUNK_HEADER_BYTES = 8;
/** Of one sender, over all its streams: a page does not hold everything that it does not read. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

interface Incoming {
  readonly reader: Reader;
  chunks: number;
}

/** Streams of bytes that are under way to us. */
export class IncomingStreams {
  readonly #handlers: ReadonlyMap<string, ByteStreamHandler>;
  /** By sender, and the number that it chose. */
  readonly #streams = new Map<ParticipantId, Map<number, Incoming>>();

  constructor(handlers: ReadonlyMap<string, ByteStreamHandler>) {
    this.#handlers = handlers;
  }

  /** Takes any frame that is no message. What is malformed is passed over. */
  take({ type, sender, topic, payload }: ReceivedFrame, identity: Identity): void {
    if (payload.length < (type === FRAME.abort ? 4 : CHUNK_HEADER_BYTES)) return;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const number = view.getUint32(0);
    const streams = this.#streams.get(sender) ?? new Map<number, Incoming>();
    this.#streams.set(sender, streams);
    const stream = streams.get(number);
    if (type === FRAME.begin) {
      interrupt(streams, number);
      const handler = this.#handlers.get(topic);
      const info = readInfo(payload.subarray(4), topic);
      if (!handler || !info || streams.size >= LIMITS.dataStreams) return;
      const reader = new Reader(info);
      streams.set(number, { reader, chunks: 0 });
      handOver(topic, () => handler(reader, { identity }));
    } else if (!stream) {
      return;
    } else if (type === FRAME.abort || view.getUint32(4) !== stream.chunks) {
      interrupt(streams, number);
    } else if (type === FRAME.chunk) {
      stream.chunks += 1;
      const isWithinSize = stream.reader.push(payload.slice(CHUNK_HEADER_BYTES));
      const fattest = fattestOf(streams);
      if (!isWithinSize) interrupt(streams, number);
      else if (fattest !== undefined) interrupt(streams, fattest);
    } else {
      streams.delete(number);
      stream.reader.end();
    }
  }

  /** What is under way does not come any more: from people who left, or from everybody. */
  interrupt(isPresent: (sender: ParticipantId) => boolean = () => false): void {
    for (const [sender, streams] of this.#streams) {
      if (isPresent(sender)) continue;
      for (const number of streams.keys()) interrupt(streams, number);
      this.#streams.delete(sender);
    }
  }
}

function interrupt(streams: Map<number, Incoming>, number: number): void {
  streams.get(number)?.reader.end(new BalaiError('stream_interrupted'));
  streams.delete(number);
}

/** The stream of a sender that is read least, where too much is unread. */
function fattestOf(streams: ReadonlyMap<number, Incoming>): number | undefined {
  const unread = [...streams].map(([number, { reader }]) => [reader.unread, number] as const);
  if (unread.reduce((sum, [bytes]) => sum + bytes, 0) <= MAX_UNREAD_BYTES) return undefined;
  return unread.toSorted(([one], [other]) => other - one)[0]?.[1];
}

/** Undefined where it is not what it has to be: any client can send anything. */
function readInfo(header: Uint8Array, topic: string): ByteStreamInfo | undefined {
  try {
    const json = JSON.parse(decode(header)) as ByteStreamInfo;
    const { id, name, mimeType, timestamp, attributes, size } = json;
    const texts = [id, name, mimeType, ...Object.values(attributes)];
    const numbers = [timestamp, size ?? 0];
    const isSound =
      typeof attributes === 'object' &&
      texts.every((text) => typeof text === 'string') &&
      numbers.every((number) => Number.isFinite(number) && number >= 0);
    return isSound ? { id, name, mimeType, timestamp, attributes, size, topic } : undefined;
  } catch {
    return undefined;
  }
}

class Reader implements ByteStreamReader {
  readonly info: ByteStreamInfo;
  onProgress?: (progress: number | undefined) => void;
  /** Bytes that came and nobody took. */
  unread = 0;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #received = 0;
  #isOver = false;
  #error: Error | undefined;
  #progress = Promise.withResolvers<void>();

  constructor(info: ByteStreamInfo) {
    this.info = info;
  }

  /** @returns whether it is no more than was announced. */
  push(chunk: Uint8Array<ArrayBuffer>): boolean {
    this.#chunks.push(chunk);
    this.unread += chunk.length;
    this.#received += chunk.length;
    const { size } = this.info;
    this.onProgress?.(size === undefined ? undefined : size && this.#received / size);
    this.#wake();
    return size === undefined || this.#received <= size;
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
        this.unread -= chunk.length;
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
