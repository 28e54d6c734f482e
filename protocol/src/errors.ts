/** What the registry says about one error code. */
export interface ErrorSpec {
  /** HTTP status that the REST API answers with. */
  readonly status: number;
  /** Whether the same request can succeed later without being changed. */
  readonly isRetryable: boolean;
  /** What the code means, for the documentation. */
  readonly meaning: string;
}

/**
 * Every error that Balai's server can answer, over REST and over signalling.
 * Codes are stable; messages are for people and may change.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    isRetryable: false,
    meaning: 'The request does not have the documented shape. `details` names each fault.',
  },
  unknown_method: {
    status: 400,
    isRetryable: false,
    meaning: 'The server has no signalling method of this name.',
  },
  protocol_violation: {
    status: 400,
    isRetryable: false,
    meaning:
      'The client sent more malformed messages than a mistake explains, and is disconnected.',
  },
  unsupported_protocol: {
    status: 426,
    isRetryable: false,
    meaning: 'Client and server have no protocol version in common: update the older one.',
  },
  unauthorized: {
    status: 401,
    isRetryable: false,
    meaning: 'A valid token is needed and was not given.',
  },
  token_expired: {
    status: 401,
    isRetryable: false,
    meaning: 'The token was valid once and is too old now: refresh it, or join again.',
  },
  invalid_credentials: {
    status: 401,
    isRetryable: false,
    meaning: 'E-mail and password do not belong together.',
  },
  refresh_token_reused: {
    status: 401,
    isRetryable: false,
    meaning:
      'This refresh token was already exchanged. Somebody else may hold a copy, so the session is revoked: sign in again.',
  },
  forbidden: {
    status: 403,
    isRetryable: false,
    meaning: 'The caller is known and may not do this.',
  },
  guests_not_allowed: {
    status: 403,
    isRetryable: false,
    meaning: 'The room admits signed-in users only.',
  },
  room_password_required: {
    status: 403,
    isRetryable: false,
    meaning: 'The room has a password and none was given.',
  },
  wrong_room_password: {
    status: 403,
    isRetryable: false,
    meaning: 'The room has another password.',
  },
  banned: {
    status: 403,
    isRetryable: false,
    meaning: 'Somebody who leads the room does not let this person in any more.',
  },
  room_locked: {
    status: 403,
    isRetryable: true,
    meaning: 'The room is locked: nobody new comes in until it is unlocked.',
  },
  lobby_denied: {
    status: 403,
    isRetryable: false,
    meaning: 'Who leads the room turned this person away in its lobby.',
  },
  not_found: { status: 404, isRetryable: false, meaning: 'There is no such resource.' },
  room_not_found: { status: 404, isRetryable: false, meaning: 'There is no room with this id.' },
  track_not_found: {
    status: 404,
    isRetryable: false,
    meaning: 'The participant has no track with this id.',
  },
  transport_not_found: {
    status: 404,
    isRetryable: false,
    meaning: 'The participant has no transport with this id.',
  },
  subscription_not_found: {
    status: 404,
    isRetryable: false,
    meaning: 'The participant has no subscription with this id.',
  },
  unknown_setting: {
    status: 404,
    isRetryable: false,
    meaning: 'There is no setting with this key. `details` names those there are.',
  },
  mail_token_invalid: {
    status: 410,
    isRetryable: false,
    meaning: 'The token of the e-mail was used already, is too old, or never was: ask for another.',
  },
  idempotency_key_reused: {
    status: 409,
    isRetryable: false,
    meaning: 'This idempotency key came before, with another request.',
  },
  request_in_progress: {
    status: 409,
    isRetryable: true,
    meaning: 'The request with this idempotency key is still under way: try again.',
  },
  email_taken: {
    status: 409,
    isRetryable: false,
    meaning: 'An account with this e-mail address exists already.',
  },
  conflict: {
    status: 409,
    isRetryable: false,
    meaning: 'The request contradicts the present state, for example a second camera.',
  },
  identity_taken: {
    status: 409,
    isRetryable: true,
    meaning:
      'Somebody of this identity is in the room, which holds one of each and does not replace them.',
  },
  room_full: {
    status: 409,
    isRetryable: true,
    meaning: 'Every seat of the room is taken: it works when somebody leaves.',
  },
  room_ended: { status: 410, isRetryable: false, meaning: 'The meeting in this room is over.' },
  stay_over: {
    status: 410,
    isRetryable: false,
    meaning: 'The stay that was to go on is over, or too much of it was missed: join anew.',
  },
  payload_too_large: {
    status: 413,
    isRetryable: false,
    meaning: 'The body or message is larger than the limit.',
  },
  unsupported_file_type: {
    status: 415,
    isRetryable: false,
    meaning: 'Files of this type are not taken.',
  },
  unsupported_media: {
    status: 422,
    isRetryable: false,
    meaning: 'The server cannot take this codec, or these RTP parameters.',
  },
  rate_limited: {
    status: 429,
    isRetryable: true,
    meaning: 'Too many requests: wait `retryAfterMs` milliseconds.',
  },
  internal: {
    status: 500,
    isRetryable: true,
    meaning: 'A fault of the server. The message holds the id under which it was logged.',
  },
  unavailable: {
    status: 503,
    isRetryable: true,
    meaning: 'A part that the server needs does not answer (database, Redis): try again.',
  },
  media_unavailable: {
    status: 503,
    isRetryable: true,
    meaning: 'No media worker can take this now: try again.',
  },
  shutting_down: {
    status: 503,
    isRetryable: true,
    meaning: 'This server is stopping and takes no new work: try again.',
  },
  timeout: {
    status: 504,
    isRetryable: true,
    meaning: 'A part of the server did not answer in time: try again.',
  },
} as const satisfies Record<string, ErrorSpec>;

/** A code of the server. */
export type ErrorCode = keyof typeof ERRORS;

/** Every code in {@link ERRORS}, in the order of the registry. */
export const ERROR_CODES = /* @__PURE__ */ Object.keys(ERRORS) as readonly ErrorCode[];

/** How a failure travels, over REST (under `error`) and over signalling alike. */
export interface WireError {
  readonly code: ErrorCode;
  /** For people, in English. May change: compare `code`. */
  readonly message: string;
  readonly retryable: boolean;
  /** Milliseconds to wait before a retry, where the server knows. */
  readonly retryAfterMs?: number;
  /** One line for each fault of an `invalid_request`, as `path: what is wrong`. */
  readonly details?: readonly string[];
}
