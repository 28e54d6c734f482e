import { RequestError } from './failure.ts';

interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryAfterMs?: number;
    readonly details?: readonly string[];
  };
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

/** The body as JSON; undefined where it is none, as from a proxy that answers itself. */
async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What a request carries; without a method, it is a GET. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly file?: Blob;
  readonly accessToken?: string | null;
}

/**
 * Sends one request to the REST API of the server that this page came from.
 *
 * @throws RequestError with the server's code; `unreachable` when nobody
 *   answers, `unavailable` when somebody else than Balai does.
 */
export async function sendRequest<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.file !== undefined) headers['content-type'] = options.file.type;
  if (options.accessToken) headers['authorization'] = `Bearer ${options.accessToken}`;
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.file === undefined ? {} : { body: options.file }),
    });
    body = await readJson(response);
  } catch (cause) {
    throw new RequestError(
      { code: 'unreachable', message: 'The server did not answer.' },
      { cause },
    );
  }
  if (response.ok) return body as T;
  if (isErrorBody(body)) throw new RequestError(body.error);
  throw new RequestError({
    code: 'unavailable',
    message: `The server answered with status ${response.status}.`,
  });
}
