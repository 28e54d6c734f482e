import { randomUUID } from 'node:crypto';
import { type Params, RPC_ERRORS, type RpcOutcome } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';
import { CALL_TOPIC, maySendData } from '../sessions/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { ToldOnce } from './told-once.ts';

/** For a callee's client to say that it has the call. */
const CONNECTION_TIMEOUT_MS = 7_000;
/** Calls that may be unanswered at once: of one participant, to one, and of one to another. */
const MAX_CALLS = { ofCaller: 100, toCallee: 200, ofPair: 50 };
/** Calls of one participant to another: what they cost, the other cannot help. */
const PACE_OF_PAIR = { capacity: 50, refillPerSecond: 20 };
const RETRY_AFTER_MS = 1_000;

interface Call {
  /** Names it towards the callee. */
  readonly id: string;
  /** Names it towards the caller, who chose it. */
  readonly callerCallId: string;
  readonly caller: Stay;
  readonly callee: Stay;
  readonly responseTimeoutMs: number;
  timer: NodeJS.Timeout;
  isAccepted: boolean;
}

/** What one participant calls, and what it is called with. */
class Exchange {
  readonly made = new Set<Call>();
  readonly received = new Set<Call>();
  /** By those whom it calls. */
  readonly paces = new WeakMap<Stay, TokenBucket>();
}

/** Calls from participant to participant: each gets exactly one outcome, within its time. */
export class Calls {
  readonly #sessions: Sessions;
  readonly #connectionTimeoutMs: number;
  readonly #clock: Clock;
  readonly #calls = new Map<Call['id'], Call>();
  readonly #exchanges = new WeakMap<Stay, Exchange>();
  readonly #told = new ToldOnce();
  readonly #unsubscribe: () => void;

  /**
   * @param connectionTimeoutMs Tests make it short.
   * @param clock Tests bring their own.
   */
  constructor(
    sessions: Sessions,
    connectionTimeoutMs = CONNECTION_TIMEOUT_MS,
    clock: Clock = systemClock,
  ) {
    this.#sessions = sessions;
    this.#connectionTimeoutMs = connectionTimeoutMs;
    this.#clock = clock;
    this.#unsubscribe = sessions.events.on('stayEnded', ({ stay }) => this.#forget(stay));
  }

  /**
   * Tells somebody of a call. What becomes of it comes as `rpcAnswered`. Repeating it with the
   * same id calls nobody again.
   *
   * @throws AppError `forbidden` without the grant `data`, `not_found` where there is nobody
   * else of this identity in the room, `rate_limited` beyond what one may ask of others (SPEC 10.17).
   */
  call(stay: Stay, params: Params<'rpc.call'>): void {
    const { callId, destinationIdentity, method, payload, responseTimeoutMs } = params;
    const { roomId, identity, grants } = stay.ticket;
    if (!maySendData(grants, CALL_TOPIC)) {
      throw new AppError('forbidden', 'You may not call others');
    }
    const callee = this.#sessions.findStay(roomId, destinationIdentity);
    if (callee === undefined || callee === stay || callee.ticket.grants.hidden) {
      throw new AppError('not_found', 'There is no such participant');
    }
    if (this.#told.knows(stay, callId)) {
      return;
    }
    this.#assertPace(stay, callee);
    this.#told.isNew(stay, callId);
    const id = randomUUID();
    const timer = setTimeout(
      () => this.#fail(id, 'CONNECTION_TIMEOUT', 'The recipient did not confirm the call in time'),
      this.#connectionTimeoutMs,
    );
    const call: Call = {
      id,
      callerCallId: callId,
      caller: stay,
      callee,
      responseTimeoutMs,
      timer,
      isAccepted: false,
    };
    this.#calls.set(id, call);
    this.#exchangeOf(stay).made.add(call);
    this.#exchangeOf(callee).received.add(call);
    if (!maySendData(callee.ticket.grants, CALL_TOPIC)) {
      this.#failForbidden(id);
      return;
    }
    callee.connection.send('rpcCalled', {
      callId: id,
      callerIdentity: identity,
      method,
      payload,
      responseTimeoutMs,
    });
  }

  /**
   * Whether the callee is to say this still: that it has the call, or what the outcome is. Each of
   * them once for each call, so it is the caller whose pace counts.
   */
  awaits(stay: Stay, word: 'accept' | 'answer', callId: string): boolean {
    const call = this.#calls.get(callId);
    return call?.callee === stay && (word === 'answer' || !call.isAccepted);
  }

  /**
   * From now on the callee has its time to answer. Nothing for a call that is accepted or over.
   *
   * @throws AppError `forbidden` without the grant `data`, which ends the call.
   */
  accept(stay: Stay, callId: string): void {
    const call = this.#calls.get(callId);
    if (call?.callee !== stay || call.isAccepted) {
      return;
    }
    this.#assertMayAnswer(call);
    call.isAccepted = true;
    clearTimeout(call.timer);
    call.timer = setTimeout(
      () => this.#fail(callId, 'RESPONSE_TIMEOUT', 'The recipient did not answer in time'),
      call.responseTimeoutMs,
    );
  }

  /** Nothing for a call that is over. @throws AppError as {@link accept}. */
  answer(stay: Stay, callId: string, outcome: RpcOutcome): void {
    const call = this.#calls.get(callId);
    if (call?.callee === stay) {
      this.#assertMayAnswer(call);
      this.#settle(callId, outcome);
    }
  }

  /** Forgets every call; nobody is told. */
  close(): void {
    this.#unsubscribe();
    for (const { timer } of this.#calls.values()) {
      clearTimeout(timer);
    }
    this.#calls.clear();
  }

  #exchangeOf(stay: Stay): Exchange {
    const exchange = this.#exchanges.get(stay) ?? new Exchange();
    this.#exchanges.set(stay, exchange);
    return exchange;
  }

  /** @throws AppError `rate_limited` */
  #assertPace(caller: Stay, callee: Stay): void {
    const { made, paces } = this.#exchangeOf(caller);
    const ofPair = [...made].filter((call) => call.callee === callee).length;
    const isTooMuch =
      made.size >= MAX_CALLS.ofCaller ||
      this.#exchangeOf(callee).received.size >= MAX_CALLS.toCallee ||
      ofPair >= MAX_CALLS.ofPair;
    const pace = paces.get(callee) ?? new TokenBucket(PACE_OF_PAIR, this.#clock);
    paces.set(callee, pace);
    const retryAfterMs = isTooMuch ? RETRY_AFTER_MS : pace.take();
    if (retryAfterMs > 0) {
      throw new AppError('rate_limited', undefined, { retryAfterMs });
    }
  }

  #assertMayAnswer({ id, callee }: Call): void {
    if (!maySendData(callee.ticket.grants, CALL_TOPIC)) {
      this.#failForbidden(id);
      throw new AppError('forbidden', 'This token does not allow answering others');
    }
  }

  #failForbidden(id: Call['id']): void {
    this.#fail(id, 'UNSUPPORTED_METHOD', 'The recipient may not answer calls');
  }

  #forget(stay: Stay): void {
    const { made, received } = this.#exchangeOf(stay);
    for (const call of [...made]) {
      this.#remove(call);
    }
    for (const { id } of [...received]) {
      this.#fail(id, 'RECIPIENT_DISCONNECTED', 'The recipient left');
    }
  }

  #remove(call: Call): void {
    clearTimeout(call.timer);
    this.#calls.delete(call.id);
    this.#exchangeOf(call.caller).made.delete(call);
    this.#exchangeOf(call.callee).received.delete(call);
  }

  #fail(id: Call['id'], name: keyof typeof RPC_ERRORS, message: string): void {
    this.#settle(id, { error: { code: RPC_ERRORS[name], message } });
  }

  #settle(id: Call['id'], outcome: RpcOutcome): void {
    const call = this.#calls.get(id);
    if (call === undefined) {
      return;
    }
    this.#remove(call);
    call.caller.connection.send('rpcAnswered', { callId: call.callerCallId, outcome });
  }
}
