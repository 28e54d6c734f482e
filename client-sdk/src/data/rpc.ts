import {
  LIMITS,
  RPC_ERRORS,
  type RpcOutcome,
  type ServerMessage,
  type WireError,
} from '@balai/protocol';
import type { BalaiError } from '../errors.ts';
import { newId } from '../new-id.ts';
import { reportFault } from '../report-fault.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { decode, encode } from './data-frames.ts';
import type { PerformRpcParams, RpcHandler } from './data-types.ts';
import { RpcError } from './rpc-error.ts';

const DEFAULT_RESPONSE_TIMEOUT_MS = 15_000;

/** How failures of the way to the other side are told. */
const CODE_OF: { readonly [code in WireError['code'] | 'request_timeout']?: number } = {
  not_found: RPC_ERRORS.RECIPIENT_NOT_FOUND,
  request_timeout: RPC_ERRORS.CONNECTION_TIMEOUT,
};

/** Calls of one stay, both ways. */
export class Rpc {
  readonly #request: SignalChannel['request'];
  readonly #methods: ReadonlyMap<string, RpcHandler>;
  readonly #calls = new Map<string, (outcome: RpcOutcome) => void>();

  constructor(request: SignalChannel['request'], methods: ReadonlyMap<string, RpcHandler>) {
    this.#request = request;
    this.#methods = methods;
  }

  /** @throws RpcError */
  async perform(params: PerformRpcParams): Promise<string> {
    const { destinationIdentity, method, payload, responseTimeout } = params;
    if (isTooLarge(payload)) {
      throw new RpcError(RPC_ERRORS.REQUEST_PAYLOAD_TOO_LARGE, 'The payload is too large');
    }
    const callId = newId();
    const answered = new Promise<RpcOutcome>((resolve) => this.#calls.set(callId, resolve));
    try {
      await this.#request('rpc.call', {
        callId,
        destinationIdentity,
        method,
        payload,
        responseTimeoutMs: responseTimeout ?? DEFAULT_RESPONSE_TIMEOUT_MS,
      });
    } catch (cause) {
      // It may be answered already, though we never heard that it was taken.
      if (this.#calls.delete(callId)) throw sendFailure(cause as BalaiError);
    }
    const outcome = await answered;
    if ('payload' in outcome) return outcome.payload;
    const { code, message, data } = outcome.error;
    throw new RpcError(code, message, data);
  }

  /** The other side of a call of ours answered, or the server gave it up. */
  settle({ callId, outcome }: ServerMessage<'rpcAnswered'>): void {
    this.#calls.get(callId)?.(outcome);
    this.#calls.delete(callId);
  }

  /** Somebody calls us. */
  async answer(call: ServerMessage<'rpcCalled'>): Promise<void> {
    const { callId } = call;
    try {
      const outcome = await this.#outcomeOf(call);
      await this.#request('rpc.answer', { callId, outcome });
    } catch (error) {
      reportFault('a call was not answered', error);
    }
  }

  /** The stay is over: nobody answers any more. */
  close(): void {
    const error = { code: RPC_ERRORS.SEND_FAILED, message: 'The room was left' };
    for (const settle of this.#calls.values()) settle({ error });
    this.#calls.clear();
  }

  async #outcomeOf(call: ServerMessage<'rpcCalled'>): Promise<RpcOutcome> {
    const { callId, callerIdentity, method, payload, responseTimeoutMs } = call;
    const handler = this.#methods.get(method);
    if (!handler) return failure(RPC_ERRORS.UNSUPPORTED_METHOD, 'There is no such method');
    await this.#request('rpc.accept', { callId });
    try {
      const answer = await handler({
        requestId: callId,
        callerIdentity,
        payload,
        responseTimeout: responseTimeoutMs,
      });
      return isTooLarge(answer)
        ? failure(RPC_ERRORS.RESPONSE_PAYLOAD_TOO_LARGE, 'The answer is too large')
        : { payload: answer };
    } catch (error) {
      if (error instanceof RpcError) return failure(error.code, error.message, error.data);
      reportFault(`the method "${method}" failed`, error);
      return failure(RPC_ERRORS.APPLICATION_ERROR, 'The method failed');
    }
  }
}

function failure(code: number, message: string, data?: string): RpcOutcome {
  const bytes = encode(message).subarray(0, LIMITS.rpcErrorMessageBytes);
  // A character that was cut becomes a replacement character, which is longer.
  const text = decode(bytes).replace(/\uFFFD+$/, '');
  const fits = data !== undefined && !isTooLarge(data);
  return { error: { code, message: text, ...(fits ? { data } : {}) } };
}

function sendFailure(cause: BalaiError): RpcError {
  const code = CODE_OF[cause.code as 'not_found'] ?? RPC_ERRORS.SEND_FAILED;
  return new RpcError(code, cause.message, undefined, { cause });
}

function isTooLarge(text: string): boolean {
  return encode(text).length > LIMITS.rpcPayloadBytes;
}
