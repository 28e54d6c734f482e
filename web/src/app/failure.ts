/** What went wrong, in a form that every page can show. */
export interface Failure {
  /** A code of the server or of the SDK; else one of those that this app adds. */
  readonly code: string;
  /** For people, in English. */
  readonly message: string;
  /** Milliseconds to wait before a retry, where the server knows. */
  readonly retryAfterMs?: number;
  /** One line for each fault of an `invalid_request`. */
  readonly details?: readonly string[];
}

/** A request that failed, with the code that the server gave, or `unreachable`. */
export class RequestError extends Error implements Failure {
  override readonly name = 'RequestError';
  readonly code: string;
  readonly retryAfterMs?: number;
  readonly details?: readonly string[];

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.code = failure.code;
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs;
    if (failure.details !== undefined) this.details = failure.details;
  }
}

/** Reads a failure out of whatever was thrown; `unexpected` where it carries no code. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: 'unexpected', message: String(error) };
  const { code, retryAfterMs, details } = error as Partial<Failure>;
  return {
    code: typeof code === 'string' ? code : 'unexpected',
    message: error.message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  };
}
