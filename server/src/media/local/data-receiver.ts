import type { DataReception, ParticipantId, SctpStreamParameters } from '@balai/protocol';
import type { types } from 'mediasoup';
import { withDeadline } from '../../kernel/deadline.ts';
import type { DataOutlet } from './data-outlet.ts';

/** Bytes on their way to a receiver at which it is asked how many wait still. */
const CHECK_BYTES = 128 * 1024;
/** Bytes that may wait still where 'bufferedamountlow' says that little does. */
export const LOW_BYTES = 32 * 1024;
/** For a receiver that is behind to catch up while a sender waits. */
const PATIENCE_MS = 10_000;
/** At least, for who was too slow again and again: each time halves it. */
const LEAST_PATIENCE_MS = 1_000;

/** The data consumers of one participant: what the room says goes to it through these. */
export interface DataConsumers {
  readonly reliable: types.DataConsumer;
  readonly lossy: types.DataConsumer;
}

/** How a participant is reached. */
export interface DataConnection {
  /** Of its router. */
  readonly outlet: DataOutlet;
  /** Its number in the room. */
  readonly subchannel: number;
  readonly consumers: DataConsumers;
}

/** What one participant receives, and how far behind it is. */
export class DataReceiver {
  readonly participantId: ParticipantId;
  readonly outlet: DataOutlet;
  readonly subchannel: number;
  readonly #consumers: DataConsumers;
  readonly #patienceMs: number;
  readonly #tellTooSlow: () => void;
  /** Bytes that may wait in the worker: never less than what does. */
  #waiting = 0;
  #sentSinceAsked = 0;
  #isAsking = false;
  #isOutdated = false;
  #caughtUp: PromiseWithResolvers<void> | undefined;
  #catchingUp: Promise<void> | undefined;

  /**
   * @param timesTooSlow How often the participant was, lately.
   * @param tellTooSlow A message was lost, or patience was.
   */
  constructor(
    participantId: ParticipantId,
    { outlet, subchannel, consumers }: DataConnection,
    timesTooSlow: number,
    tellTooSlow: () => void,
  ) {
    this.#patienceMs = Math.max(PATIENCE_MS / 2 ** timesTooSlow, LEAST_PATIENCE_MS);
    this.participantId = participantId;
    this.outlet = outlet;
    this.subchannel = subchannel;
    this.#consumers = consumers;
    this.#tellTooSlow = tellTooSlow;
    // The worker had no room for a message and dropped it. What is lossy may get lost.
    consumers.reliable.on('sctpsendbufferfull', tellTooSlow);
    consumers.reliable.on('bufferedamountlow', () => void this.#ask());
    consumers.reliable.observer.once('close', () => this.#caughtUp?.resolve());
  }

  /** For the client, so that it opens the same channels. */
  toReception(): DataReception {
    const { reliable, lossy } = this.#consumers;
    return { reliable: streamToWire(reliable), lossy: streamToWire(lossy) };
  }

  /** A reliable message is on its way. */
  noteSent(bytes: number): void {
    this.#waiting += bytes;
    this.#sentSinceAsked += bytes;
    if (this.#waiting > CHECK_BYTES) void this.#ask();
  }

  /**
   * Waits until little of what was sent waits in the worker still. A receiver that does not
   * catch up within 10 s, or less where it was slow before, is told of as too slow. Never rejects.
   */
  async catchUp(): Promise<void> {
    if (this.#waiting <= CHECK_BYTES || this.#consumers.reliable.closed) return;
    this.#catchingUp ??= this.#awaitCaughtUp().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  /** Idempotent. */
  close(): void {
    this.#consumers.reliable.close();
    this.#consumers.lossy.close();
  }

  async #awaitCaughtUp(): Promise<void> {
    this.#caughtUp ??= Promise.withResolvers();
    try {
      await withDeadline(this.#caughtUp.promise, this.#patienceMs, 'a receiver of data');
    } catch {
      // Only the deadline rejects.
      this.#tellTooSlow();
    }
  }

  /** Asks the worker how much waits, until that is little or 'bufferedamountlow' is still to come. */
  async #ask(): Promise<void> {
    this.#isOutdated = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#isOutdated) {
      this.#isOutdated = false;
      this.#sentSinceAsked = 0;
      const buffered = await this.#askOnce();
      this.#waiting = buffered + this.#sentSinceAsked;
      if (this.#waiting > CHECK_BYTES && buffered <= LOW_BYTES) this.#isOutdated = true;
    }
    this.#isAsking = false;
    if (this.#waiting > CHECK_BYTES) return;
    this.#caughtUp?.resolve();
    this.#caughtUp = undefined;
  }

  /** Nothing waits where the consumer or its worker is gone. */
  async #askOnce(): Promise<number> {
    const { reliable } = this.#consumers;
    try {
      return reliable.closed ? 0 : await reliable.getBufferedAmount();
    } catch {
      return 0;
    }
  }
}

function streamToWire({ sctpStreamParameters }: types.DataConsumer): SctpStreamParameters {
  const { streamId = 0, ordered = true, maxPacketLifeTime } = sctpStreamParameters ?? {};
  return { streamId, ordered, ...(maxPacketLifeTime ? { maxPacketLifeTime } : {}) };
}
