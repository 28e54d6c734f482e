import type { ErrorCode, Method, Params, Reply, WireError } from '@balai/protocol';
import type { Stay } from '../../features/sessions/stay.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { faultDetails } from '../../kernel/fault-details.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type Metrics, startTimer } from '../../kernel/metrics.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';
import type { Handlers } from './handler.ts';
import { costOf, DELIVERIES, deliveryOf } from './request-costs.ts';
import { isMethod, requestSchemas } from './request-schemas.ts';
import type { SharedPace } from './shared-pace.ts';
import { toWireError } from './wire-error.ts';

/** A person's clicks and a joining SDK's burst stay far below this. */
const REQUESTS = { capacity: 200, refillPerSecond: 50 };
/** Malformed messages that pass for a mistake. */
const MISTAKES = { capacity: 50, refillPerSecond: 0.2 };
/** Requests beyond the rate that are still answered. */
const PATIENCE = { capacity: 500, refillPerSecond: 5 };

type Refuse = (reply: { readonly ok: false; readonly error: WireError }) => void;

export interface ClientOptions {
  readonly stay: Stay;
  readonly handlers: Handlers;
  /** Whether others caused a request, and pay for it, so that it costs nothing here. */
  readonly isOwed: (method: unknown, params: unknown) => boolean;
  /** How many others are in the room, as far as this process knows. */
  readonly countOthers: () => number;
  /** Ends the stay with the reason `protocol_violation`. */
  readonly violated: () => void;
  /** Of the person in the room, over all their sockets. */
  readonly sharedPace: SharedPace;
  readonly metrics: Pick<Metrics, 'count' | 'observe'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The requests of one client: each one is checked, handled and answered once.
 * Whoever breaks the protocol too often, or does not slow down, is sent out.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #requests: TokenBucket;
  readonly #deliveries: TokenBucket;
  readonly #mistakes: TokenBucket;
  readonly #patience: TokenBucket;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#requests = new TokenBucket(REQUESTS, options.clock);
    this.#deliveries = new TokenBucket(DELIVERIES, options.clock);
    this.#mistakes = new TokenBucket(MISTAKES, options.clock);
    this.#patience = new TokenBucket(PATIENCE, options.clock);
  }

  /** Takes one message as it came: event name, arguments, and the acknowledgement if one is wanted. */
  receive(message: readonly unknown[]): void {
    if (this.#options.stay.isOver) {
      return;
    }
    const [method, ...rest] = message;
    const last = rest.pop();
    if (typeof last !== 'function') {
      this.#countMistake();
      return;
    }
    // Socket.IO made it: it takes any reply, and sends the first.
    const acknowledge = last as (reply: Reply<Method>) => void;
    const retryAfterMs = this.#options.isOwed(method, rest[0]) ? 0 : this.#charge(method, rest[0]);
    if (retryAfterMs > 0) {
      this.#slowDown(method, acknowledge, retryAfterMs);
      return;
    }
    const fault = isMethod(method)
      ? this.#handle(method, rest, acknowledge)
      : new AppError('unknown_method');
    if (fault !== undefined) {
      this.#refuse(method, acknowledge, fault);
      this.#countMistake();
    }
  }

  /** @returns 0, or the milliseconds to wait. */
  #charge(method: unknown, params: unknown): number {
    return Math.max(
      this.#requests.take(isMethod(method) ? costOf(method, params) : 1),
      this.#options.sharedPace.take(),
    );
  }

  /** @returns what is wrong with the params, where nothing was done. */
  #handle<M extends Method>(
    method: M,
    args: readonly unknown[],
    acknowledge: (reply: Reply<M>) => void,
  ): AppError | undefined {
    const parsed = requestSchemas[method].safeParse(args[0]);
    if (!parsed.success) {
      const details = faultDetails(parsed.error);
      return new AppError('invalid_request', undefined, { details });
    }
    if (args.length > 1) {
      return new AppError('invalid_request', undefined, { details: ['one argument is wanted'] });
    }
    const delivery = deliveryOf(method, parsed.data, this.#options.countOthers);
    const retryAfterMs = this.#deliveries.take(delivery);
    if (retryAfterMs > 0) {
      this.#slowDown(method, acknowledge, retryAfterMs);
      return undefined;
    }
    void this.#answer(method, parsed.data, acknowledge);
    return undefined;
  }

  /** Never rejects. */
  async #answer<M extends Method>(
    method: M,
    params: Params<M>,
    acknowledge: (reply: Reply<M>) => void,
  ): Promise<void> {
    const { stay, handlers, metrics, logger } = this.#options;
    const seconds = startTimer();
    let afterReply: (() => void) | undefined;
    try {
      const result = await handlers[method](stay, params, (work) => {
        afterReply = work;
      });
      acknowledge({ ok: true, result });
      this.#count(method, 'ok');
    } catch (error) {
      const { participantId } = stay;
      const wireError = toWireError(error, logger, { method, participantId });
      acknowledge({ ok: false, error: wireError });
      this.#count(method, wireError.code);
    }
    metrics.observe('balai_signalling_request_duration_seconds', { method }, seconds());
    afterReply?.();
  }

  #slowDown(method: unknown, acknowledge: Refuse, retryAfterMs: number): void {
    this.#refuse(method, acknowledge, new AppError('rate_limited', undefined, { retryAfterMs }));
    if (this.#patience.take() > 0) {
      this.#options.violated();
    }
  }

  #refuse(method: unknown, acknowledge: Refuse, error: AppError): void {
    acknowledge({ ok: false, error: error.toWire() });
    this.#count(method, error.code);
  }

  /** What a client calls a method may be anything: only those that there are get a label. */
  #count(named: unknown, code: 'ok' | ErrorCode): void {
    const method = isMethod(named) ? named : 'unknown';
    this.#options.metrics.count('balai_signalling_requests_total', { method, code });
  }

  #countMistake(): void {
    if (this.#mistakes.take() > 0) {
      this.#options.violated();
    }
  }
}
