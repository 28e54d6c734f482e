/** The states of a connection, for comparing `room.state`. */
export const ConnectionState = {
  Disconnected: 'disconnected',
  Connecting: 'connecting',
  Connected: 'connected',
} as const;

/** Whether a room is joined. */
export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

/**
 * Everything that a room is, as one value: which state, and what belongs to
 * that state alone. `Attempt` is what can cancel a connection that is being
 * made, `Stay` is the connection once it is made.
 */
export type Connection<Attempt, Stay> =
  | { readonly state: 'disconnected' }
  | { readonly state: 'connecting'; readonly attempt: Attempt }
  | { readonly state: 'connected'; readonly stay: Stay };

/** What can happen to a connection. */
export type ConnectionInput<Attempt, Stay> =
  | { readonly type: 'connectAsked'; readonly attempt: Attempt }
  | { readonly type: 'joined'; readonly attempt: Attempt; readonly stay: Stay }
  | { readonly type: 'attemptFailed'; readonly attempt: Attempt }
  | { readonly type: 'disconnectAsked' }
  | { readonly type: 'stayEnded'; readonly stay: Stay };

/**
 * The state after an input. An input that does not concern the present state,
 * such as the end of an attempt that was given up, changes nothing: the very
 * same value is returned.
 */
export function next<Attempt, Stay>(
  now: Connection<Attempt, Stay>,
  input: ConnectionInput<Attempt, Stay>,
): Connection<Attempt, Stay> {
  switch (input.type) {
    case 'connectAsked':
      return now.state === 'disconnected' ? { state: 'connecting', attempt: input.attempt } : now;
    case 'joined':
      return now.state === 'connecting' && now.attempt === input.attempt
        ? { state: 'connected', stay: input.stay }
        : now;
    case 'attemptFailed':
      return now.state === 'connecting' && now.attempt === input.attempt
        ? { state: 'disconnected' }
        : now;
    case 'disconnectAsked':
      return now.state === 'disconnected' ? now : { state: 'disconnected' };
    case 'stayEnded':
      return now.state === 'connected' && now.stay === input.stay ? { state: 'disconnected' } : now;
  }
}
