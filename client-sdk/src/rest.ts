import type { JoinAnswer, JoinInfo, JoinRequest, WireError } from '@balai/protocol';
import { ConnectionError, ServerError } from './errors.ts';

/** Who joins, and with what. */
export interface RequestJoinOptions {
  /** How others see the person, 1 to 100 characters. Required for guests. */
  name?: string;
  /** For a room with password. */
  password?: string;
  /** Of a signed-in user; absent for a guest. */
  accessToken?: string;
  /** Gives the request up. */
  signal?: AbortSignal;
  /** Default 10,000. */
  timeoutMs?: number;
}

interface RestRequest {
  readonly method: 'GET' | 'POST';
  readonly bearer?: string | undefined;
  readonly body?: JoinRequest;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Asks a server for a place in a room. The answer holds the room token, and all
 * that `room.connect` needs to know before its socket opens.
 *
 * @param serverUrl Origin of the server, for example `https://meet.example.org`.
 * @throws ServerError with the server's code, for example `wrong_room_password`,
 * `room_full`, `room_ended` or `guests_not_allowed`.
 * @throws ConnectionError `connection_failed`, `request_timeout`, `invalid_answer` or `cancelled`.
 */
export async function requestJoin(
  serverUrl: string,
  roomId: string,
  options: RequestJoinOptions = {},
): Promise<JoinAnswer> {
  const { name, password, accessToken, signal, timeoutMs } = options;
  const answer = await request(endpoint(serverUrl, `v1/rooms/${encodeURIComponent(roomId)}/join`), {
    method: 'POST',
    bearer: accessToken,
    body: {
      ...(name === undefined ? {} : { name }),
      ...(password === undefined ? {} : { password }),
    },
    signal,
    timeoutMs,
  });
  if (!isJoinInfo(answer) || !('token' in answer)) throw invalidAnswer();
  return answer as JoinAnswer;
}

/** Asks with a room token what {@link requestJoin} would have told beside the token. */
export async function requestJoinInfo(
  serverUrl: string,
  token: string,
  signal?: AbortSignal,
): Promise<JoinInfo> {
  const answer = await request(endpoint(serverUrl, 'v1/join-info'), {
    method: 'GET',
    bearer: token,
    signal,
  });
  if (!isJoinInfo(answer)) throw invalidAnswer();
  return answer;
}

/** Opens the way to the server (DNS, TCP, TLS), so that the next request finds it open. */
export async function warmUp(serverUrl: string): Promise<void> {
  const fetching = fetch(endpoint(serverUrl, 'healthz'), { method: 'HEAD', mode: 'no-cors' });
  await fetching.catch((cause: unknown) => {
    throw new ConnectionError('connection_failed', undefined, { cause });
  });
}

/** The URL of a path on a server that may itself live under a path. */
export function endpoint(serverUrl: string, path: string): URL {
  try {
    return new URL(path, serverUrl.endsWith('/') ? serverUrl : `${serverUrl}/`);
  } catch (cause) {
    throw new ConnectionError('connection_failed', `"${serverUrl}" is not a URL.`, { cause });
  }
}

async function request(url: URL, what: RestRequest): Promise<unknown> {
  const deadline = AbortSignal.timeout(what.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const headers = new Headers({ accept: 'application/json' });
  if (what.bearer !== undefined) headers.set('authorization', `Bearer ${what.bearer}`);
  if (what.body !== undefined) headers.set('content-type', 'application/json');
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: what.method,
      headers,
      signal: what.signal ? AbortSignal.any([what.signal, deadline]) : deadline,
      ...(what.body === undefined ? {} : { body: JSON.stringify(what.body) }),
    });
    status = response.status;
    text = await response.text();
  } catch (cause) {
    if (what.signal?.aborted) throw cancellation(what.signal);
    throw new ConnectionError(
      deadline.aborted ? 'request_timeout' : 'connection_failed',
      undefined,
      { cause },
    );
  }
  const answer = parse(text);
  if (status < 400) return answer;
  if (isErrorAnswer(answer)) throw new ServerError(answer.error);
  throw new ConnectionError('invalid_answer', `The server answered with status ${status}.`);
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

function invalidAnswer(): ConnectionError {
  return new ConnectionError('invalid_answer');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isErrorAnswer(answer: unknown): answer is { readonly error: WireError } {
  return (
    isObject(answer) && isObject(answer['error']) && typeof answer['error']['code'] === 'string'
  );
}

function isJoinInfo(answer: unknown): answer is JoinInfo {
  return (
    isObject(answer) &&
    typeof answer['url'] === 'string' &&
    Array.isArray(answer['iceServers']) &&
    isObject(answer['routerCapabilities'])
  );
}
