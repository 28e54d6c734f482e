import type { ErrorAnswer, KeyScope } from '@balai/protocol';
import { signRequestToken } from './request-token.ts';
import { ServiceError } from './service-error.ts';

/** How requests are sent. */
export interface ServiceRequestsOptions {
  /** Milliseconds that each attempt may take. Default 10,000. */
  readonly timeoutMs?: number;
  /** Times that a request is sent again which may be repeated. Default 2. */
  readonly retries?: number;
}

/** One request under `/v1/service`. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly scope: KeyScope;
  /** A list is given as often as it has entries. */
  readonly query?: Readonly<Record<string, QueryValue | readonly string[]>>;
  readonly body?: unknown;
  /** Whether sending it twice is as sending it once. Default: of everything but POST. */
  readonly isIdempotent?: boolean;
  readonly timeoutMs?: number;
}

type QueryValue = string | number | undefined;

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRIES = 2;
const FIRST_WAIT_MS = 200;
/** Longer than this nobody waits for another try. */
const LONGEST_WAIT_MS = 5_000;

/** Sends requests that an API key signs. */
export class ServiceRequests {
  readonly #base: string;
  readonly #apiKey: string;
  readonly #apiSecret: string;
  readonly #options: ServiceRequestsOptions;

  constructor(host: string, apiKey: string, apiSecret: string, options: ServiceRequestsOptions) {
    this.#base = `${host.replace(/\/+$/, '')}/v1/service`;
    this.#apiKey = apiKey;
    this.#apiSecret = apiSecret;
    this.#options = options;
  }

  /** @throws ServiceError; TypeError for a room or an identity of no more than one or two dots. */
  async send<T>(request: ServiceRequest): Promise<T> {
    // URLs take these for steps, however they are encoded: something else would be asked for.
    if (/\/\.{1,2}(\/|$)/.test(request.path)) {
      throw new TypeError('A room or an identity must not be . or ..');
    }
    const { isIdempotent = request.method !== 'POST' } = request;
    const retries = isIdempotent ? (this.#options.retries ?? DEFAULT_RETRIES) : 0;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#attempt<T>(request);
      if ('answer' in outcome) return outcome.answer;
      const waitMs = outcome.retryAfterMs ?? FIRST_WAIT_MS * 2 ** attempt;
      if (!outcome.isRetryable || attempt >= retries || waitMs > LONGEST_WAIT_MS) {
        throw outcome.error;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  async #attempt<T>(request: ServiceRequest): Promise<Outcome<T>> {
    const { method, path, scope, query = {}, body } = request;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value].flat()) {
        if (one !== undefined) search.append(name, String(one));
      }
    }
    const token = await signRequestToken({
      apiKey: this.#apiKey,
      apiSecret: this.#apiSecret,
      scopes: [scope],
    });
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    try {
      const answer = await fetch(`${this.#base}${path}${search.size > 0 ? `?${search}` : ''}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A token goes nowhere else. Not every runtime knows `error`; a redirect is no answer of ours.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return read<T>(answer.status, await answer.text());
    } catch (cause) {
      const isTimeout = (cause as { readonly name?: unknown }).name === 'TimeoutError';
      const error = isTimeout
        ? new ServiceError('request_timeout', `No answer within ${timeoutMs} ms`, { cause })
        : new ServiceError('unreachable', 'The server cannot be reached', { cause });
      return { error, isRetryable: true, retryAfterMs: undefined };
    }
  }
}

type Outcome<T> =
  | { readonly answer: T }
  | {
      readonly error: ServiceError;
      readonly isRetryable: boolean;
      readonly retryAfterMs: number | undefined;
    };

function read<T>(status: number, text: string): Outcome<T> {
  if (status === 204) return { answer: undefined as T };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (status === 200 && answer !== undefined) return { answer: answer as T };
  const fault = (answer as Partial<ErrorAnswer> | null | undefined)?.error;
  if (fault === undefined) {
    // Something stands before the server, and answers in its place.
    const error = new ServiceError('unexpected_answer', `The answer has the status ${status}`, {
      status,
    });
    return { error, isRetryable: status >= 500, retryAfterMs: undefined };
  }
  const { code, message, retryable, retryAfterMs, details = [] } = fault;
  const error = new ServiceError(code, message, { status, details });
  return { error, isRetryable: retryable, retryAfterMs };
}
