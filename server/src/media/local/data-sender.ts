import { type DataKind, LIMITS, type ParticipantId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import { readSentFrame, type SentFrame } from './data-frame.ts';
import type { DataPace } from './data-pace.ts';

/** For messages that are on their way still when they are to be flushed. */
const ARRIVAL_TIMEOUT_MS = 10_000;

/** Whoever data is on its way to. */
export interface DataSink {
  /** A reliable message is on its way. */
  noteSent(bytes: number): void;
  /** Waits until little of it is. Never rejects. */
  catchUp(): Promise<void>;
}

/** What a sender needs of its surroundings. */
export interface DataSenderHooks {
  /** Passes a frame on, and returns the receivers that it is on its way to. */
  readonly forward: (kind: DataKind, frame: SentFrame) => readonly DataSink[];
  /** The client broke the rules: the caller closes the sender. */
  readonly tellViolation: () => void;
}

interface Arrival {
  readonly messages: number;
  readonly resolve: () => void;
}

/** What one participant sends: checks it, counts it and passes it on. */
export class DataSender {
  readonly participantId: ParticipantId;
  readonly #hooks: DataSenderHooks;
  readonly #producers = new Map<DataKind, types.DataProducer>();
  readonly #pace: DataPace;
  /** What each reliable message counts for that is not flushed yet, oldest first. */
  readonly #unflushed: number[] = [];
  #unflushedCost = 0;
  #received = 0;
  readonly #arrivals = new Set<Arrival>();
  /** Who has not been waited for since it was sent something, and which message was the last. */
  readonly #addressed = new Map<DataSink, number>();
  #isClosed = false;

  /** @param pace Of the participant, over all its senders. */
  constructor(participantId: ParticipantId, pace: DataPace, hooks: DataSenderHooks) {
    this.participantId = participantId;
    this.#pace = pace;
    this.#hooks = hooks;
  }

  /** The stream that data of this kind comes on; undefined where there is none. */
  findStreamId(kind: DataKind): number | undefined {
    return this.#producers.get(kind)?.sctpStreamParameters?.streamId;
  }

  /** Takes what arrives on a data producer of the participant, which ends with this sender. */
  listen(kind: DataKind, producer: types.DataProducer, consumer: types.DataConsumer): void {
    this.#producers.set(kind, producer);
    consumer.on('message', (message) => this.#take(kind, message));
    producer.observer.once('close', () => this.#producers.delete(kind));
  }

  /**
   * Waits until the first `messages` reliable messages were passed on, and their
   * receivers have caught up.
   *
   * @throws AppError `timeout` where they did not arrive, `conflict` where data ended meanwhile.
   */
  async flush(messages: number): Promise<void> {
    await this.#arrivalOf(messages);
    await this.#waitForReceivers();
    for (;;) {
      const waitMs = this.#pace.reliableWaitMs();
      if (waitMs === 0) break;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    this.#forget(messages);
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const producer of [...this.#producers.values()]) producer.close();
    for (const { resolve } of this.#arrivals) resolve();
    this.#arrivals.clear();
  }

  #take(kind: DataKind, message: Buffer): void {
    if (this.#isClosed) return;
    const cost = message.length + LIMITS.dataMessageCost;
    const verdict = kind === 'lossy' ? this.#pace.judgeLossy(cost) : this.#countReliable(cost);
    if (verdict === 'drop') return;
    const frame = readSentFrame(message);
    if (frame === undefined || verdict === 'flood') {
      this.#hooks.tellViolation();
      return;
    }
    const receivers = this.#hooks.forward(kind, frame);
    if (kind === 'lossy') {
      this.#pace.spendLossy(cost, receivers.length);
      return;
    }
    this.#pace.spendReliable(cost, receivers.length);
    for (const receiver of receivers) {
      receiver.noteSent(message.length);
      this.#addressed.set(receiver, this.#received);
    }
    for (const arrival of this.#arrivals) {
      if (arrival.messages <= this.#received) arrival.resolve();
    }
  }

  #countReliable(cost: number): 'pass' | 'flood' {
    this.#received += 1;
    this.#unflushed.push(cost);
    this.#unflushedCost += cost;
    return this.#unflushedCost > LIMITS.dataWindowBytes ? 'flood' : 'pass';
  }

  /** Whoever asks meanwhile waits for the same ones. */
  async #waitForReceivers(): Promise<void> {
    const addressed = [...this.#addressed];
    await Promise.all(addressed.map(([receiver]) => receiver.catchUp()));
    for (const [receiver, message] of addressed) {
      if (this.#addressed.get(receiver) === message) this.#addressed.delete(receiver);
    }
  }

  async #arrivalOf(messages: number): Promise<void> {
    if (messages > this.#received) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const arrival = { messages, resolve };
      this.#arrivals.add(arrival);
      try {
        await withDeadline(promise, ARRIVAL_TIMEOUT_MS, 'data of the client');
      } finally {
        this.#arrivals.delete(arrival);
      }
    }
    if (this.#isClosed) throw new AppError('conflict', 'The data channel was closed');
  }

  /** How many of the first `messages` are not flushed. */
  #countUpTo(messages: number): number {
    const flushed = this.#received - this.#unflushed.length;
    return Math.max(0, messages - flushed);
  }

  #forget(messages: number): void {
    for (const cost of this.#unflushed.splice(0, this.#countUpTo(messages))) {
      this.#unflushedCost -= cost;
    }
  }
}
