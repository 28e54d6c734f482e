import { type JoinInfo, PROTOCOL_VERSION } from '@balai/protocol';
import type { LoadMediaEngine } from './media/media-engine.ts';
import type { RoomConnectOptions } from './options.ts';
import { requestJoinInfo } from './rest.ts';
import type { openSignal, SignalOptions } from './signalling/open-signal.ts';
import { Stay, type StayHooks } from './stay.ts';
import { VERSION } from './version.ts';

/** What a connection is made with. */
export interface EnterRequest {
  readonly url: string;
  readonly token: string;
  readonly options: RoomConnectOptions;
  /** Whether somebody listens to data. */
  readonly receivesData: boolean;
  /** Gives the attempt up; its reason becomes the error. */
  readonly signal: AbortSignal;
  /** We stand in the lobby: it takes as long as it takes. */
  readonly onWaiting: (since: Date) => void;
}

/** Where the parts of a stay come from. */
export interface EnterParts {
  readonly loadEngine: LoadMediaEngine;
  readonly openSignal: typeof openSignal;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/**
 * Joins: learns the router's capabilities if they are not known, loads the
 * media engine with them, and opens the socket. One round trip later `joined`
 * has everything, and media begins.
 *
 * @param onEntered Called before any other message of the server is handled.
 * Throws ServerError, ConnectionError, or BalaiError `unsupported_browser`.
 */
export async function enterRoom(
  request: EnterRequest,
  parts: EnterParts,
  hooksOf: (stay: () => Stay) => StayHooks,
  onEntered: (stay: Stay) => void,
): Promise<Stay> {
  const { url, token, options, signal } = request;
  const info: JoinInfo = options.joinInfo ?? (await requestJoinInfo(url, token, signal));
  const engine = await parts.loadEngine(info.routerCapabilities);
  signal.throwIfAborted();
  const signalOptions: SignalOptions = {
    url: info.url,
    signal,
    onWaiting: request.onWaiting,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    handshake: {
      protocol: PROTOCOL_VERSION,
      token,
      rtpCapabilities: engine.receiveCapabilities,
      ...(request.receivesData && { receivesData: true }),
      sdk: { name: '@balai/client', version: VERSION },
      canResume: true,
      canMove: true,
    },
  };
  return await parts.openSignal(signalOptions, (joined, channel) => {
    const stay: Stay = new Stay(
      {
        serverUrl: info.url,
        joined,
        channel,
        engine,
        transportOptions: {
          iceServers: info.iceServers,
          rtcConfig: options.rtcConfig ?? {},
          iceTransport: options.iceTransport ?? 'all',
        },
      },
      hooksOf(() => stay),
    );
    onEntered(stay);
    return { entered: stay, listeners: stay.listeners };
  });
}
