import type { ErrorCode, WireError } from '@balai/protocol';

/** What the registry says about one error that arises in the SDK itself. */
export interface ClientErrorSpec {
  /** Whether the same call can succeed later without being changed. */
  readonly isRetryable: boolean;
  /** What the code means, for the documentation. */
  readonly meaning: string;
}

const SPECS = {
  connection_failed: {
    isRetryable: true,
    meaning: 'The server could not be reached, or the connection to it was lost.',
  },
  request_timeout: {
    isRetryable: true,
    meaning: 'The server did not answer before the deadline.',
  },
  cancelled: {
    isRetryable: true,
    meaning: 'The call was given up because the room was disconnected or its signal aborted.',
  },
  not_connected: {
    isRetryable: true,
    meaning: 'The call needs a connected room.',
  },
  invalid_answer: {
    isRetryable: false,
    meaning: 'What answered is not a Balai server, or speaks another version of the protocol.',
  },
  media_connection_failed: {
    isRetryable: true,
    meaning: 'No media path to the server could be opened, or it was lost.',
  },
  unsupported_browser: {
    isRetryable: false,
    meaning: 'The browser lacks WebRTC or a codec that the server knows.',
  },
  insecure_context: {
    isRetryable: false,
    meaning: 'Browsers give cameras and microphones to pages on HTTPS or localhost only.',
  },
  permission_denied: {
    isRetryable: true,
    meaning: 'The person or the system refused the camera, microphone or screen.',
  },
  device_not_found: {
    isRetryable: true,
    meaning: 'There is no camera or microphone that fits the request.',
  },
  device_in_use: {
    isRetryable: true,
    meaning: 'The camera or microphone is used by another program, or cannot be read.',
  },
  device_error: {
    isRetryable: true,
    meaning: 'The browser could not open the camera, microphone or screen for another reason.',
  },
  track_ended: {
    isRetryable: false,
    meaning: 'The track has ended: it cannot be published. Make a new one, or unmute it first.',
  },
  stream_interrupted: {
    isRetryable: false,
    meaning: 'The rest of what somebody sends does not come.',
  },
  playback_blocked: {
    isRetryable: true,
    meaning: 'The browser plays sound only after the person touched the page.',
  },
} satisfies Record<string, ClientErrorSpec>;

/** One of the codes in {@link CLIENT_ERRORS}. */
export type ClientErrorCode = keyof typeof SPECS;

/**
 * Every error that arises in the SDK itself. Together with the server's codes
 * these are all the codes that a {@link BalaiError} can have. Codes are stable.
 */
export const CLIENT_ERRORS: Readonly<Record<ClientErrorCode, ClientErrorSpec>> = SPECS;

/** Every code that a {@link BalaiError} can have. */
export type BalaiErrorCode = ErrorCode | ClientErrorCode;

/** Base of every error that this SDK throws or reports. Compare `code`, not `message`. */
export class BalaiError extends Error {
  /** For logs; compare `code`. */
  override readonly name: string = 'BalaiError';
  /** Stable; see {@link CLIENT_ERRORS} and the server's registry. */
  readonly code: BalaiErrorCode;
  /** Whether the same call can succeed later without being changed. */
  readonly retryable: boolean;

  constructor(code: BalaiErrorCode, message?: string, options?: ErrorOptions) {
    const spec = (SPECS as Readonly<Record<string, ClientErrorSpec>>)[code];
    super(message ?? spec?.meaning ?? code, options);
    this.code = code;
    this.retryable = spec?.isRetryable ?? false;
  }
}

/** The server could not be reached, did not answer, or the connection was given up. */
export class ConnectionError extends BalaiError {
  /** For logs; compare `code`. */
  override readonly name = 'ConnectionError';
}

/** The server answered, and said no. */
export class ServerError extends BalaiError {
  /** For logs; compare `code`. */
  override readonly name = 'ServerError';
  override readonly retryable: boolean;
  /** Milliseconds to wait before a retry, where the server knows. */
  readonly retryAfterMs: number | undefined;
  /** One line for each fault of an `invalid_request`, as `path: what is wrong`. */
  readonly details: readonly string[];

  constructor(error: WireError) {
    super(error.code, error.message);
    this.retryable = error.retryable;
    this.retryAfterMs = error.retryAfterMs;
    this.details = error.details ?? [];
  }
}

/** A camera, microphone or screen could not be opened. */
export class MediaDeviceError extends BalaiError {
  /** For logs; compare `code`. */
  override readonly name = 'MediaDeviceError';
  /** Which device was asked for; undefined for a screen, and where several were. */
  readonly kind: MediaDeviceKind | undefined;

  constructor(code: ClientErrorCode, kind: MediaDeviceKind | undefined, options?: ErrorOptions) {
    super(code, undefined, options);
    this.kind = kind;
  }
}
