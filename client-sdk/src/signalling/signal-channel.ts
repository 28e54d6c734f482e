import type { Method, Params, Result, ServerEvent, ServerMessage } from '@balai/protocol';

/** What the server may say during a stay. */
export type StayEvent = Exclude<ServerEvent, 'joined' | 'refused'>;

/** What a stay does at each message of the server, and when the socket closes. */
export type StayListeners = {
  readonly [E in StayEvent]: (message: ServerMessage<E>) => void;
} & {
  /** The socket is closed, by whomever. The last call of all. */
  readonly closed: () => void;
};

/** The way to the server during a stay. */
export interface SignalChannel {
  /**
   * @throws ServerError with the server's code.
   * @throws ConnectionError `request_timeout`, `connection_failed` where the socket was lost,
   * `cancelled` where we closed it ourselves.
   */
  request<M extends Method>(method: M, params: Params<M>, timeoutMs?: number): Promise<Result<M>>;
  /** Closes the socket; requests in flight fail with `cancelled`. */
  close(): void;
}
