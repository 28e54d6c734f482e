import type { ErrorCode } from '@balai/protocol';
import { errors } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';

/**
 * Translates what mediasoup throws. A closed worker, router or transport is
 * `media_unavailable`; what the worker refuses otherwise is the given code.
 *
 * @param refusal Code for parameters that mediasoup does not accept.
 */
export function toAppError(error: unknown, refusal: ErrorCode): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.WorkerClosedError || error instanceof errors.NotFoundError) {
    return mediaUnavailable(error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError(refusal, `The media server refused this: ${reason}`, { cause: error });
}

/** The worker, router or transport that was to do it is gone. */
export function mediaUnavailable(cause?: unknown): AppError {
  return new AppError('media_unavailable', undefined, { cause });
}
