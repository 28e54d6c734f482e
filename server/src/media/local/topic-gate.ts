import type { SentFrame } from './data-frame.ts';

/** The frames that begin, carry on and end a stream of bytes (SPEC 10.10). */
const BEGIN = 1;
const CHUNK = 2;
const END = 3;
const ABORT = 4;
/** Streams of one sender that are open at once, as far as anybody keeps count. */
const MAX_STREAMS = 1_000;

/**
 * Lets pass what a sender may send, by its topic. The topic of a stream stands in its
 * beginning; what follows names the stream by its number.
 */
export class TopicGate {
  readonly #topics: ReadonlySet<string>;
  readonly #streams = new Set<number>();

  constructor(topics: readonly string[]) {
    this.#topics = new Set(topics);
  }

  admits({ type, rest }: SentFrame): boolean {
    const payloadAt = 1 + (rest[0] ?? 0);
    if (type < BEGIN || type > ABORT) {
      return this.#topics.has(rest.toString('utf8', 1, payloadAt));
    }
    if (rest.length < payloadAt + 4) {
      return false;
    }
    const stream = rest.readUInt32BE(payloadAt);
    if (type === CHUNK) {
      return this.#streams.has(stream);
    }
    if (type === END || type === ABORT) {
      return this.#streams.delete(stream);
    }
    if (!this.#topics.has(rest.toString('utf8', 1, payloadAt))) {
      // A number may be used again: what follows is not of the stream that had it before.
      this.#streams.delete(stream);
      return false;
    }
    this.#streams.add(stream);
    const [oldest] = this.#streams;
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) {
      this.#streams.delete(oldest);
    }
    return true;
  }
}
