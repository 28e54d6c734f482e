import { ERRORS, type ErrorCode, type WireError } from '@balai/protocol';

/** What an error carries besides its code and message. */
export interface AppErrorOptions {
  /** The fault underneath, for the log. Never leaves the server. */
  readonly cause?: unknown;
  /** One line for each fault of an `invalid_request`. */
  readonly details?: readonly string[];
  /** Milliseconds to wait before a retry. */
  readonly retryAfterMs?: number;
}

/** A failure with a code of the registry. Thrown near the fault, translated once at the edge. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: readonly string[] | undefined;
  readonly retryAfterMs: number | undefined;

  /** @param message For people, in English. Default: the meaning that the registry gives. */
  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? ERRORS[code].meaning, { cause: options.cause });
    this.code = code;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** HTTP status of the code. */
  get status(): number {
    return ERRORS[this.code].status;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      retryable: ERRORS[this.code].isRetryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/**
 * A fault of the server, as a client may read of it (SPEC 6.3).
 *
 * @param faultId Under which the log has the rest.
 */
export function internalFault(faultId: string, cause: unknown): AppError {
  return new AppError('internal', `A fault of the server; the log has it under ${faultId}`, {
    cause,
  });
}
