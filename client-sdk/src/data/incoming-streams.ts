import type { Identity, ParticipantId } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import { decode, FRAME, type ReceivedFrame } from './data-frames.ts';
import type { ByteStreamHandler, ByteStreamInfo, ByteStreamReader } from './data-types.ts';

/** Bytes before the payload of a chunk: number of the stream, number of the chunk. */
const CHUNK_HEADER_BYTES = 8;
/** Of one sender, under way at once. */
const MAX_STREAMS = 1_000;
/** Each stream of a sender has its share of this: a page does not hold all that it does not read. */
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
      if (!handler || !info || streams.size >= MAX_STREAMS) return;
      const reader = new Reader(info);
      streams.set(number, { reader, chunks: 0 });
      handOver(topic, () => handler(reader, { identity }));
    } else if (!stream) {
      return;
    } else if (type === FRAME.abort || view.getUint32(4) !== stream.chunks) {
      interrupt(streams, number);
    } else if (type === FRAME.chunk) {
      stream.chunks += 1;
      const unread = stream.reader.push(payload.slice(CHUNK_HEADER_BYTES));
      if (unread * streams.size > MAX_UNREAD_BYTES) interrupt(streams, number);
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
  streams.get(number)?.reader.end(false);
  streams.delete(number);
}

/** Undefined where it is not what it has to be: any client can send anything. */
function readInfo(header: Uint8Array, topic: string): ByteStreamInfo | undefined {
  try {
    const info = { ...JSON.parse(decode(header)), topic } as ByteStreamInfo;
    const { id, name, mimeType, timestamp, attributes, size = 0 } = info;
    const isSound =
      [id, name, mimeType, ...Object.values(attributes)].every((one) => typeof one === 'string') &&
      [timestamp, size].every((one) => typeof one === 'number' && one >= 0);
    return isSound ? info : undefined;
  } catch {
    return undefined;
  }
}

class Reader implements ByteStreamReader {
  readonly info: ByteStreamInfo;
  onProgress?: (progress: number | undefined) => void;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #received = 0;
  #unread = 0;
  /** Undefined as long as it is not over. */
  #isComplete: boolean | undefined;
  #progress = Promise.withResolvers<void>();

  constructor(info: ByteStreamInfo) {
    this.info = info;
  }

  /** @returns bytes that nobody took yet; infinitely many where more came than was announced. */
  push(chunk: Uint8Array<ArrayBuffer>): number {
    this.#chunks.push(chunk);
    this.#unread += chunk.length;
    this.#received += chunk.length;
    const { size } = this.info;
    this.onProgress?.(size === undefined ? undefined : size && this.#received / size);
    this.#wake();
    return this.#received > (size ?? this.#received) ? Number.POSITIVE_INFINITY : this.#unread;
  }

  end(isComplete = this.#received === (this.info.size ?? this.#received)): void {
    this.#isComplete = isComplete;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#unread -= chunk.length;
        yield chunk;
      } else if (this.#isComplete) {
        return;
      } else if (this.#isComplete === false) {
        throw new BalaiError('stream_interrupted');
      } else {
        await this.#progress.promise;
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

/** Calls an application's handler, now; what goes wrong in it goes to the console. */
export function handOver(topic: string, handle: () => void | Promise<void>): void {
  const handled = (async () => handle())();
  handled.catch((error: unknown) => reportFault(`the handler of "${topic}" failed`, error));
}
