import type { ErrorCode } from '@balai/protocol';

/** What can be wrong besides what the server says. */
export type ServiceFault = ErrorCode | 'unreachable' | 'request_timeout' | 'unexpected_answer';

/** A request to the server that failed. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The server's code, or what happened on the way. */
  readonly code: ServiceFault;
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;
  /** What exactly is wrong with a request. */
  readonly details: readonly string[];

  constructor(
    code: ServiceFault,
    message: string,
    about: { readonly status?: number; readonly details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, { cause: about.cause });
    this.code = code;
    this.status = about.status ?? null;
    this.details = about.details ?? [];
  }
}

/** A call of a participant's method that failed, with the codes of livekit's `RpcError`. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
