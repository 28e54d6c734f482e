import { type DataKind, LIMITS, type ParticipantId } from '@balai/protocol';
import { BalaiError, ConnectionError } from '../errors.ts';
import type { DataSending } from '../media/media-engine.ts';
import { SerialQueue } from '../serial-queue.ts';
import { type FrameType, writeFrame } from './data-frames.ts';
import type { DataLink } from './data-link.ts';

/** The server waits for slow receivers before it answers a flush. */
const FLUSH_TIMEOUT_MS = 30_000;
/** Lossy data that waits in the browser: what is above would only grow old. */
const MAX_LOSSY_WAITING_BYTES = 64 * 1024;

/** What we send during one stay. */
export class DataOutlet {
  #link: DataLink;
  readonly #queue = new SerialQueue();
  #channels: { [K in DataKind]?: Promise<DataSending> } = {};
  /** Reliable messages that were sent over the present channel. */
  #sent = 0;
  /** What they count for since the last answered flush (SPEC 10.7). */
  #cost = 0;
  #flushing: Promise<void> | undefined;
  /** Until when lossy data of the past keeps the pace (SPEC 10.15). */
  #lossyPaidUntil = 0;
  #isClosed = false;

  constructor(link: DataLink) {
    this.#link = link;
  }

  /**
   * Resolves when the message is on its way. Reliable ones wait while too many are under way.
   *
   * @throws BalaiError `payload_too_large`, `forbidden`; ConnectionError `cancelled`.
   */
  async send(
    kind: DataKind,
    type: FrameType,
    destinations: readonly ParticipantId[],
    topic: string,
    payload: Uint8Array,
  ): Promise<void> {
    const frame = writeFrame(type, destinations, topic, payload);
    if (payload.length > LIMITS.dataPayloadBytes || destinations.length > LIMITS.dataDestinations) {
      throw new BalaiError('payload_too_large', 'The message is too large');
    }
    if (kind === 'reliable') {
      await this.#queue.run(() => this.#sendReliably(frame));
      return;
    }
    const channel = await this.#open('lossy');
    const now = Date.now();
    const isTooFast = this.#lossyPaidUntil > now + 1_000;
    if (isTooFast || channel.bufferedAmount >= MAX_LOSSY_WAITING_BYTES) return;
    const costMs = (costOf(frame) * 1_000) / LIMITS.dataLossyBytesPerSecond;
    this.#lossyPaidUntil = Math.max(this.#lossyPaidUntil, now) + costMs;
    channel.send(frame);
  }

  /** Waits until everything reliable has been passed on. */
  async flush(): Promise<void> {
    await this.#queue.run(async () => {
      while (this.#cost > 0) await this.#flush();
    });
  }

  /** From now on everything goes over another link: after what was sent before has been passed on. */
  async move(link: DataLink): Promise<void> {
    await this.#queue.run(async () => {
      // Before it was opened nothing was sent.
      const isOpen = this.#channels.reliable !== undefined;
      while (isOpen && this.#cost > 0) await this.#flush();
      this.#link = link;
      this.#channels = {};
      this.#sent = 0;
      this.#cost = 0;
    });
  }

  /** The server takes no more of what we send; the next message opens it anew. */
  reset(): void {
    const former = Object.values(this.#channels);
    this.#channels = {};
    this.#sent = 0;
    this.#cost = 0;
    this.#flushing = undefined;
    for (const channel of former) channel.then((one) => one.close(), ignore);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #sendReliably(frame: Uint8Array<ArrayBuffer>): Promise<void> {
    const cost = costOf(frame);
    while (this.#cost + cost > LIMITS.dataWindowBytes) await this.#flush();
    const channel = await this.#open('reliable');
    channel.send(frame);
    this.#sent += 1;
    this.#cost += cost;
    // Early, so that the answer is here before the window is full. Who waits for it gets the error.
    if (this.#cost > LIMITS.dataWindowBytes / 2) this.#flush().catch(ignore);
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    const { reliable } = this.#channels;
    const cost = this.#cost;
    await this.#link.request('data.flush', { messages: this.#sent }, FLUSH_TIMEOUT_MS);
    if (this.#channels.reliable === reliable) this.#cost -= cost;
  }

  #open(kind: DataKind): Promise<DataSending> {
    if (this.#isClosed) throw new ConnectionError('cancelled');
    const channel = this.#channels[kind] ?? this.#openOnce(kind);
    this.#channels[kind] = channel;
    channel.catch(() => {
      if (this.#channels[kind] === channel) delete this.#channels[kind];
    });
    return channel;
  }

  async #openOnce(kind: DataKind): Promise<DataSending> {
    const sender = await this.#link.sender.get();
    return await sender.openData(kind, (streamId) =>
      this.#link.request('data.open', { kind, streamId }),
    );
  }
}

/** What the server counts it for (SPEC 10.7). */
function costOf(frame: Uint8Array): number {
  return frame.length + LIMITS.dataMessageCost;
}

/** Whoever asked for it hears of it. */
function ignore(): undefined {
  return undefined;
}
