import type { WireError } from '@balai/protocol';
import { ConnectionError, ServerError } from './errors.ts';

/** One request to the REST API. */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly bearer?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is, instead of a body; its type says what it is. */
  readonly file?: Blob;
  readonly signal?: AbortSignal | undefined;
  /** For the whole of the answer. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const ANY_TYPE = 'application/octet-stream';

/** The URL of a path on a server that may itself live under a path. */
export function endpoint(serverUrl: string, path: string): URL {
  try {
    return new URL(path, serverUrl.endsWith('/') ? serverUrl : `${serverUrl}/`);
  } catch (cause) {
    throw new ConnectionError('connection_failed', `"${serverUrl}" is not a URL.`, { cause });
  }
}

/**
 * Sends a request, and reads its answer as JSON; undefined where it has none.
 *
 * @throws ServerError as the server refused.
 * @throws ConnectionError `connection_failed`, `request_timeout`, `invalid_answer` or `cancelled`.
 */
export async function sendRequest(url: URL, what: RestRequest): Promise<unknown> {
  const { status, content } = await exchange(url, what, (response) => response.text());
  if (status < 400) return content === '' ? undefined : parse(content);
  throw refusal(status, content);
}

/** As {@link sendRequest}, for an answer that is a file. */
export async function requestFile(url: URL, what: RestRequest): Promise<Blob> {
  const { status, content } = await exchange(url, what, (response) => response.blob());
  if (status < 400) return content;
  throw refusal(status, await content.text());
}

async function exchange<T>(
  url: URL,
  what: RestRequest,
  read: (response: Response) => Promise<T>,
): Promise<{ readonly status: number; readonly content: T }> {
  const deadline = AbortSignal.timeout(what.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const headers = new Headers({ accept: 'application/json' });
  if (what.bearer !== undefined) headers.set('authorization', `Bearer ${what.bearer}`);
  if (what.body !== undefined) headers.set('content-type', 'application/json');
  if (what.file !== undefined) headers.set('content-type', what.file.type || ANY_TYPE);
  try {
    const response = await fetch(url, {
      method: what.method,
      headers,
      signal: what.signal ? AbortSignal.any([what.signal, deadline]) : deadline,
      ...(what.body === undefined ? {} : { body: JSON.stringify(what.body) }),
      ...(what.file === undefined ? {} : { body: what.file }),
    });
    return { status: response.status, content: await read(response) };
  } catch (cause) {
    if (what.signal?.aborted) throw cancellation(what.signal);
    throw new ConnectionError(
      deadline.aborted ? 'request_timeout' : 'connection_failed',
      undefined,
      { cause },
    );
  }
}

function refusal(status: number, text: string): ServerError | ConnectionError {
  const answer = parse(text);
  if (isErrorAnswer(answer)) return new ServerError(answer.error);
  return new ConnectionError('invalid_answer', `The server answered with status ${status}.`);
}

/** What the SDK itself aborts with says why; anything else is the application's wish. */
function cancellation(signal: AbortSignal): ConnectionError {
  return signal.reason instanceof ConnectionError
    ? signal.reason
    : new ConnectionError('cancelled', undefined, { cause: signal.reason });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConnectionError('invalid_answer', undefined, { cause });
  }
}

/** What answered is no Balai server, or a newer one. */
export function invalidAnswer(): ConnectionError {
  return new ConnectionError('invalid_answer');
}

/** Whether something is an object, whose fields can be looked at. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isErrorAnswer(answer: unknown): answer is { readonly error: WireError } {
  return (
    isObject(answer) && isObject(answer['error']) && typeof answer['error']['code'] === 'string'
  );
}
