import type { JoinAnswer, JoinInfo } from '@balai/protocol';
import { ConnectionError } from './errors.ts';
import { endpoint, invalidAnswer, isObject, sendRequest } from './send-request.ts';

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
  const answer = await sendRequest(
    endpoint(serverUrl, `v1/rooms/${encodeURIComponent(roomId)}/join`),
    {
      method: 'POST',
      bearer: accessToken,
      body: {
        ...(name === undefined ? {} : { name }),
        ...(password === undefined ? {} : { password }),
      },
      signal,
      timeoutMs,
    },
  );
  if (!isJoinInfo(answer) || !('token' in answer)) throw invalidAnswer();
  return answer as JoinAnswer;
}

/** Asks with a room token what {@link requestJoin} would have told beside the token. */
export async function requestJoinInfo(
  serverUrl: string,
  token: string,
  signal?: AbortSignal,
): Promise<JoinInfo> {
  const answer = await sendRequest(endpoint(serverUrl, 'v1/join-info'), {
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

function isJoinInfo(answer: unknown): answer is JoinInfo {
  return (
    isObject(answer) &&
    typeof answer['url'] === 'string' &&
    Array.isArray(answer['iceServers']) &&
    isObject(answer['routerCapabilities'])
  );
}
