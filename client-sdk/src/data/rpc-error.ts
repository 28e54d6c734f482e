import { RPC_ERRORS } from '@balai/protocol';

/**
 * Why a call failed. Thrown by a method's handler, it reaches the caller with its code, message
 * (256 bytes) and data. Codes from 1001 to 1999 are the SDK's; names and numbers are livekit-client's.
 */
export class RpcError extends Error {
  /** The codes that are not an application’s, by name. */
  static readonly ErrorCode: typeof RPC_ERRORS = RPC_ERRORS;
  /** For logs; compare `code`. */
  override readonly name = 'RpcError';
  /** A code of `ErrorCode`, or what the method threw. */
  readonly code: number;
  /** What the method added for the caller. */
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.data = data;
  }
}
