/** The states of a connection, for comparing `room.state`. Names and meanings are livekit-client's. */
export const ConnectionState = {
  /** Not in a room: before `connect`, and after everything is over. */
  Disconnected: 'disconnected',
  /** `connect` was called, and has not answered yet. */
  Connecting: 'connecting',
  /** `connect` waits in the room's lobby, until somebody lets us in. */
  Waiting: 'waiting',
  /** In the room. */
  Connected: 'connected',
  /** Everything was lost: the room is being joined anew. */
  Reconnecting: 'reconnecting',
  /** Signalling is being resumed; media flows on. */
  SignalReconnecting: 'signalReconnecting',
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
  | { readonly state: 'connecting' | 'waiting' | 'reconnecting'; readonly attempt: Attempt }
  | { readonly state: 'connected' | 'signalReconnecting'; readonly stay: Stay };

/** What can happen to a connection. */
export type ConnectionInput<Attempt, Stay> =
  | { readonly type: 'connectAsked'; readonly attempt: Attempt }
  | { readonly type: 'joined'; readonly attempt: Attempt; readonly stay: Stay }
  /** It stands in the lobby. */
  | { readonly type: 'mustWait'; readonly attempt: Attempt }
  | { readonly type: 'attemptFailed'; readonly attempt: Attempt }
  | { readonly type: 'disconnectAsked' }
  | { readonly type: 'signalLost' | 'signalRecovered'; readonly stay: Stay }
  /** There is no way back into this stay: another one is attempted. */
  | { readonly type: 'stayLost'; readonly stay: Stay; readonly attempt: Attempt }
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
  const isOfAttempt = 'attempt' in now && 'attempt' in input && now.attempt === input.attempt;
  const isOfStay = 'stay' in now && 'stay' in input && now.stay === input.stay;
  switch (input.type) {
    case 'connectAsked':
      return now.state === 'disconnected' ? { state: 'connecting', attempt: input.attempt } : now;
    case 'joined':
      return isOfAttempt ? { state: 'connected', stay: input.stay } : now;
    case 'mustWait':
      return isOfAttempt && now.state === 'connecting' ? { ...now, state: 'waiting' } : now;
    case 'attemptFailed':
      return isOfAttempt ? { state: 'disconnected' } : now;
    case 'disconnectAsked':
      return now.state === 'disconnected' ? now : { state: 'disconnected' };
    case 'signalLost':
      return isOfStay && now.state === 'connected'
        ? { state: 'signalReconnecting', stay: input.stay }
        : now;
    case 'signalRecovered':
      return isOfStay && now.state === 'signalReconnecting'
        ? { state: 'connected', stay: input.stay }
        : now;
    case 'stayLost':
      return isOfStay ? { state: 'reconnecting', attempt: input.attempt } : now;
    case 'stayEnded':
      return isOfStay ? { state: 'disconnected' } : now;
  }
}
