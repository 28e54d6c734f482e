import type { DataKind } from '@balai/protocol';
import { readFrame } from './data-frames.ts';

/** What came longer ago than this does not come over another way any more. */
const REMEMBERED_MS = 10_000;
/** What has come over the newer way alone, for so long, does not come over the older one. */
const HELD_MS = 1_000;
/** Bytes of a message that tell it from others, beside its length. */
const SAMPLE_BYTES = 1_024;

type Take = (kind: DataKind, bytes: Uint8Array<ArrayBuffer>) => void;

interface Held {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mark: string;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** What one sender has sent, in its order. */
interface Sender {
  /** What came over the older way, and was not recognised in the newer one yet. */
  arrived: { readonly mark: string; readonly at: number }[];
  /** What came over the newer way alone so far. */
  readonly held: Held[];
  /** What was held, and handed on without the older way. */
  readonly released: string[];
}

/**
 * Where data comes over two ways for some seconds, because media moves: everything over the older
 * one until it ends, and from some moment on over the newer one too. What each sender has sent
 * reliably is handed on once and in order. The older way leads; what has come over the newer one
 * alone waits for a second, in case the older one is late with it.
 *
 * Messages of one sender are told apart by what is in them: of those that repeat each other just
 * when the older way ends one may be lost.
 */
export class DataJunction {
  readonly #handOn: Take;
  readonly #senders = new Map<string, Sender>();
  #latest = 0;
  #isSettled = true;
  #hasNewLossy = false;

  constructor(handOn: Take) {
    this.#handOn = handOn;
  }

  /**
   * A way begins.
   *
   * @param isBeside Whether the one before goes on until `settle`; else it has ended.
   * @returns what takes what comes over it.
   */
  open(isBeside: boolean): Take {
    this.settle();
    this.#isSettled = !isBeside;
    this.#hasNewLossy = false;
    this.#latest += 1;
    const way = this.#latest;
    return (kind, bytes) => {
      const isLatest = way === this.#latest;
      if (kind === 'lossy') this.#takeLossy(isLatest, bytes);
      else if (isLatest && !this.#isSettled) this.#takeNewer(bytes);
      else this.#takeOlder(bytes);
    };
  }

  /** The older way has ended. */
  settle(): void {
    this.#isSettled = true;
    for (const sender of this.#senders.values()) {
      for (const { bytes, timer } of sender.held.splice(0)) {
        clearTimeout(timer);
        this.#handOn('reliable', bytes);
      }
      sender.released.length = 0;
    }
  }

  /** The newer way counts from its first message on. */
  #takeLossy(isLatest: boolean, bytes: Uint8Array<ArrayBuffer>): void {
    if (isLatest) this.#hasNewLossy = true;
    if (isLatest || !this.#hasNewLossy) this.#handOn('lossy', bytes);
  }

  #takeOlder(bytes: Uint8Array<ArrayBuffer>): void {
    const sender = this.#senderOf(bytes);
    const mark = markOf(bytes);
    const released = sender.released.indexOf(mark);
    if (released >= 0) {
      sender.released.splice(0, released + 1);
      return;
    }
    const place = sender.held.findIndex((one) => one.mark === mark);
    if (place < 0) remember(sender, mark);
    // What came before it over the newer way came before it over this one, too.
    for (const { timer } of sender.held.splice(0, place + 1)) clearTimeout(timer);
    this.#handOn('reliable', bytes);
  }

  #takeNewer(bytes: Uint8Array<ArrayBuffer>): void {
    const sender = this.#senderOf(bytes);
    const mark = markOf(bytes);
    const place = sender.arrived.findIndex((one) => one.mark === mark);
    if (place >= 0) {
      sender.arrived.splice(0, place + 1);
      return;
    }
    const timer = setTimeout(() => this.#release(sender, held), HELD_MS);
    const held: Held = { bytes, mark, timer };
    sender.held.push(held);
  }

  /** The older way does not bring it. */
  #release(sender: Sender, last: Held): void {
    for (const { bytes, mark, timer } of sender.held.splice(0, sender.held.indexOf(last) + 1)) {
      clearTimeout(timer);
      sender.released.push(mark);
      this.#handOn('reliable', bytes);
    }
  }

  #senderOf(bytes: Uint8Array<ArrayBuffer>): Sender {
    const id = readFrame(bytes).sender;
    const sender = this.#senders.get(id) ?? { arrived: [], held: [], released: [] };
    this.#senders.set(id, sender);
    return sender;
  }
}

function remember(sender: Sender, mark: string): void {
  const now = performance.now();
  // Now and then, because it looks at all of them.
  if (now - (sender.arrived[0]?.at ?? now) > 2 * REMEMBERED_MS) {
    sender.arrived = sender.arrived.filter(({ at }) => now - at < REMEMBERED_MS);
  }
  sender.arrived.push({ mark, at: now });
}

/** FNV-1a over bytes that are spread evenly: of large messages not all, as they would cost too much. */
function markOf(bytes: Uint8Array): string {
  const step = Math.max(1, Math.floor(bytes.length / SAMPLE_BYTES));
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += at < SAMPLE_BYTES / 4 ? 1 : step) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  }
  return `${bytes.length} ${hash}`;
}
