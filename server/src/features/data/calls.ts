import { randomUUID } from 'node:crypto';
import { type Params, RPC_ERRORS, type RpcOutcome } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { CALL_TOPIC, maySendData } from '../sessions/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { ToldOnce } from './told-once.ts';

/** For a callee's client to say that it has the call. */
const CONNECTION_TIMEOUT_MS = 7_000;
/** Calls of one participant that may be unanswered at once. */
const MAX_CALLS = 100;
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
}

/** Calls from participant to participant: each gets exactly one outcome, within its time. */
export class Calls {
  readonly #sessions: Sessions;
  readonly #connectionTimeoutMs: number;
  readonly #calls = new Map<Call['id'], Call>();
  readonly #told = new ToldOnce();
  readonly #unsubscribe: () => void;

  /** @param connectionTimeoutMs Tests make it short. */
  constructor(sessions: Sessions, connectionTimeoutMs = CONNECTION_TIMEOUT_MS) {
    this.#sessions = sessions;
    this.#connectionTimeoutMs = connectionTimeoutMs;
    this.#unsubscribe = sessions.events.on('stayEnded', ({ stay }) => this.#forget(stay));
  }

  /**
   * Tells somebody of a call. What becomes of it comes as `rpcAnswered`. Repeating it with the
   * same id calls nobody again.
   *
   * @throws AppError `forbidden` without the grant `data`, `not_found` where there is nobody
   * else of this identity in the room, `rate_limited` beyond 100 unanswered calls.
   */
  call(stay: Stay, params: Params<'rpc.call'>): void {
    const { callId, destinationIdentity, method, payload, responseTimeoutMs } = params;
    const { roomId, identity, grants } = stay.ticket;
    if (!maySendData(grants, CALL_TOPIC)) {
      throw new AppError('forbidden', 'You may not call others');
    }
    const own = [...this.#calls.values()].filter(({ caller }) => caller === stay);
    if (own.length >= MAX_CALLS) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: RETRY_AFTER_MS });
    }
    const callee = this.#sessions.findStay(roomId, destinationIdentity);
    if (callee === undefined || callee === stay || callee.ticket.grants.hidden) {
      throw new AppError('not_found', 'There is no such participant');
    }
    if (!this.#told.isNew(stay, callId)) {
      return;
    }
    const id = randomUUID();
    const timer = setTimeout(
      () => this.#fail(id, 'CONNECTION_TIMEOUT', 'The recipient did not confirm the call in time'),
      this.#connectionTimeoutMs,
    );
    this.#calls.set(id, {
      id,
      callerCallId: callId,
      caller: stay,
      callee,
      responseTimeoutMs,
      timer,
    });
    callee.connection.send('rpcCalled', {
      callId: id,
      callerIdentity: identity,
      method,
      payload,
      responseTimeoutMs,
    });
  }

  /** From now on the callee has its time to answer. Nothing for a call that is over. */
  accept(stay: Stay, callId: string): void {
    const call = this.#calls.get(callId);
    if (call?.callee !== stay) {
      return;
    }
    clearTimeout(call.timer);
    call.timer = setTimeout(
      () => this.#fail(callId, 'RESPONSE_TIMEOUT', 'The recipient did not answer in time'),
      call.responseTimeoutMs,
    );
  }

  /** Nothing for a call that is over. */
  answer(stay: Stay, callId: string, outcome: RpcOutcome): void {
    if (this.#calls.get(callId)?.callee === stay) {
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

  #forget(stay: Stay): void {
    for (const { id, caller, callee, timer } of [...this.#calls.values()]) {
      if (caller === stay) {
        clearTimeout(timer);
        this.#calls.delete(id);
      } else if (callee === stay) {
        this.#fail(id, 'RECIPIENT_DISCONNECTED', 'The recipient left');
      }
    }
  }

  #fail(id: Call['id'], name: keyof typeof RPC_ERRORS, message: string): void {
    this.#settle(id, { error: { code: RPC_ERRORS[name], message } });
  }

  #settle(id: Call['id'], outcome: RpcOutcome): void {
    const call = this.#calls.get(id);
    if (call === undefined) {
      return;
    }
    clearTimeout(call.timer);
    this.#calls.delete(id);
    call.caller.connection.send('rpcAnswered', { callId: call.callerCallId, outcome });
  }
}
