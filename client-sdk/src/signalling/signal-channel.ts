import type { Method, Params, Result, ServerEvent, ServerMessage, Snapshot } from '@balai/protocol';

/** What the server may say during a stay. */
export type StayEvent = Exclude<ServerEvent, 'joined' | 'waiting' | 'recovered' | 'refused'>;

/** Of that, what is no business of the core. */
type OthersEvent =
  | 'lobbyChanged'
  | 'reacted'
  | 'unmuteRequested'
  | 'stageInvited'
  | 'stageDeclined'
  | 'handLowered'
  | 'breakoutsChanged';

/** What comes with each message of the server. */
export type StayMessages = { [E in StayEvent]: (message: ServerMessage<E>) => void };

/** What a stay does at each message of the server, and when a socket is lost. */
export type StayListeners = Readonly<Omit<StayMessages, OthersEvent>> & {
  /** Any of them, after its own listener. */
  readonly heard: <E extends StayEvent>(event: E, message: ServerMessage<E>) => void;
  /** The stay goes on with another server process: this is how things are now. */
  readonly restored: (snapshot: Snapshot) => void;
  /** The socket is gone, and not by our doing. Another one may take its place. */
  readonly lost: () => void;
};

/** The way to the server during a stay, over one socket after the other. */
export interface SignalChannel {
  /** Whether there is a socket. */
  readonly isConnected: boolean;
  /**
   * A request that is made while there is no socket, or whose answer is lost with
   * one, is sent over the next (SPEC 8.7).
   *
   * @throws ServerError with the server's code.
   * @throws ConnectionError `request_timeout`, `connection_failed` where the stay was lost,
   * `cancelled` where we closed it ourselves.
   */
  request<M extends Method>(method: M, params: Params<M>, timeoutMs?: number): Promise<Result<M>>;
  /**
   * Goes on over another socket: what was missed comes first, then what we ask.
   *
   * @throws ServerError `stay_over` where it is too late, and as a join is refused.
   * @throws ConnectionError `connection_failed`, or the reason of `signal`.
   */
  resume(token: string, signal: AbortSignal): Promise<void>;
  /** Gives the socket up, because it is no use any more. `lost` is told. */
  drop(): void;
  /**
   * Says goodbye with what Socket.IO has for it, and closes. Requests in flight fail.
   *
   * @param isLost Whether they fail with `connection_failed`, and not with `cancelled`.
   */
  close(isLost?: boolean): void;
}
