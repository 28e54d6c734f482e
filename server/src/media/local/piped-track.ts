import type { types } from 'mediasoup';
import { forwardDependencies } from './codecs.ts';

/** Hears what went wrong in the background. */
export type TellPipeFault = (error: unknown) => void;

/** A track that comes to a router from elsewhere. At first nothing of it does. */
export interface ComingTrack {
  /** Nothing comes as long as nobody has use for it. What flows again begins with a key frame. */
  setFlowing(isFlowing: boolean): void;
  /** It ended, or where it came from or goes to did. Called once, also where `close` was called. */
  onceClosed(listener: () => void): void;
  /** Idempotent. */
  close(): void;
}

/** A track on its way from one router to another: what leaves the one enters the other. */
export class PipedTrack implements ComingTrack {
  readonly #producer: types.Producer;
  readonly #consumer: types.Consumer;
  readonly #tellFault: TellPipeFault;

  /**
   * @param consumer Where it leaves, paused.
   * @param producer Where it enters: subscribers consume this. Each of them is closed with the other.
   */
  constructor(consumer: types.Consumer, producer: types.Producer, tellFault: TellPipeFault) {
    this.#producer = producer;
    this.#consumer = consumer;
    this.#tellFault = tellFault;
    forwardDependencies(producer);
    consumer.observer.once('close', () => producer.close());
    producer.observer.once('close', () => consumer.close());
    consumer.on('producerpause', () => void this.#command(producer.pause()));
    consumer.on('producerresume', () => void this.#command(producer.resume()));
    // It may have been muted or unmuted while this was made.
    if (consumer.producerPaused !== producer.paused) {
      void this.#command(consumer.producerPaused ? producer.pause() : producer.resume());
    }
  }

  setFlowing(isFlowing: boolean): void {
    void this.#command(isFlowing ? this.#consumer.resume() : this.#consumer.pause());
  }

  onceClosed(listener: () => void): void {
    this.#producer.observer.once('close', listener);
  }

  close(): void {
    this.#consumer.close();
    this.#producer.close();
  }

  /** Never rejects. */
  async #command(command: Promise<void>): Promise<void> {
    try {
      await command;
    } catch (error) {
      // A worker that dies fails what it was told before we hear of that.
      if (!this.#consumer.closed && !this.#producer.closed) this.#tellFault(error);
    }
  }
}
