import { randomUUID } from 'node:crypto';
import {
  type Identity,
  type Params,
  type RoomId,
  RPC_ERRORS,
  type RpcOutcome,
} from '@balai/protocol';
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
/** The identity of nobody in a room: an application's backend. */
const BACKEND = '';

interface Call {
  /** Names it towards the callee. */
  readonly id: string;
  /** Null for an application's backend. */
  readonly caller: Stay | null;
  readonly callee: Stay;
  readonly responseTimeoutMs: number;
  /** Tells the caller what became of it. */
  readonly tell: (outcome: RpcOutcome) => void;
  timer: NodeJS.Timeout;
  isAccepted: boolean;
}

/** Who calls, and whom. */
type Parties = Pick<Call, 'caller' | 'callee' | 'tell'>;
/** What is asked of the callee. */
export type CallContents = Pick<Params<'rpc.call'>, 'method' | 'payload' | 'responseTimeoutMs'>;

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
  readonly #told = new ToldOnce('call');
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
    const { roomId, grants } = stay.ticket;
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
    const tell = (outcome: RpcOutcome) => stay.connection.send('rpcAnswered', { callId, outcome });
    this.#begin({ caller: stay, callee, tell }, { method, payload, responseTimeoutMs });
  }

  /**
   * Calls somebody in the name of the application's backend.
   *
   * @returns what became of it, failures included.
   * @throws AppError `not_found`; `rate_limited` where too many calls of one callee are unanswered.
   */
  async callFromBackend(
    roomId: RoomId,
    identity: Identity,
    contents: CallContents,
  ): Promise<RpcOutcome> {
    const callee = this.#sessions.findStay(roomId, identity);
    if (callee === undefined) {
      throw new AppError('not_found', 'Nobody of this identity is in the room');
    }
    if (this.#exchangeOf(callee).received.size >= MAX_CALLS.toCallee) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: RETRY_AFTER_MS });
    }
    return await new Promise((tell) => this.#begin({ caller: null, callee, tell }, contents));
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

  /** Forgets every call. Backends are told, participants have gone. */
  close(): void {
    this.#unsubscribe();
    for (const { id, timer, caller } of [...this.#calls.values()]) {
      clearTimeout(timer);
      if (caller === null) {
        this.#fail(id, 'SEND_FAILED', 'The server stops');
      }
    }
    this.#calls.clear();
  }

  #begin({ caller, callee, tell }: Parties, contents: CallContents): void {
    const { method, payload, responseTimeoutMs } = contents;
    const id = randomUUID();
    const timer = setTimeout(
      () => this.#fail(id, 'CONNECTION_TIMEOUT', 'The recipient did not confirm the call in time'),
      this.#connectionTimeoutMs,
    );
    const call: Call = { id, caller, callee, responseTimeoutMs, tell, timer, isAccepted: false };
    this.#calls.set(id, call);
    if (caller !== null) {
      this.#exchangeOf(caller).made.add(call);
    }
    this.#exchangeOf(callee).received.add(call);
    if (!maySendData(callee.ticket.grants, CALL_TOPIC)) {
      this.#failForbidden(id);
      return;
    }
    callee.connection.send('rpcCalled', {
      callId: id,
      callerIdentity: caller?.ticket.identity ?? BACKEND,
      method,
      payload,
      responseTimeoutMs,
    });
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
    if (call.caller !== null) {
      this.#exchangeOf(call.caller).made.delete(call);
    }
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
    call.tell(outcome);
  }
}
