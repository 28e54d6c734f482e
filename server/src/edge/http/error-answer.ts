import type { ErrorAnswer } from '@balai/protocol';
import type { ErrorRequestHandler } from 'express';
import { AppError, internalFault } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';

/** Answers every failure, of whatever kind, as an `ErrorAnswer`. The only place that does. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (fault: unknown, request, response, next) => {
    const requestId = String(request.id);
    const error = toAppError(fault, requestId);
    if (error.status >= 500) {
      const level = error.code === 'internal' ? 'error' : 'warn';
      logger[level]({ err: fault, requestId, code: error.code }, 'a request failed');
    }
    if (response.headersSent) {
      // Half an answer is out: Express can only cut the connection.
      next(fault);
      return;
    }
    if (error.status === 401) {
      response.set('WWW-Authenticate', 'Bearer');
    }
    if (error.retryAfterMs !== undefined) {
      response.set('Retry-After', String(Math.ceil(error.retryAfterMs / 1_000)));
    }
    response.set('Cache-Control', 'no-store');
    response.status(error.status).json({ error: error.toWire() } satisfies ErrorAnswer);
  };
}

/**
 * What a failure is to the client.
 *
 * @param requestId Under which an unknown fault is logged.
 */
export function toAppError(fault: unknown, requestId: string): AppError {
  if (fault instanceof AppError && fault.code !== 'internal') {
    return fault;
  }
  const { type, status } = readHttpFault(fault);
  switch (type) {
    case 'entity.too.large':
      return new AppError('payload_too_large');
    case 'entity.parse.failed':
      return invalidBody('is not valid JSON');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return invalidBody('must be UTF-8, uncompressed or gzip, deflate or br');
    default:
  }
  if (status === 404) {
    return new AppError('not_found');
  }
  if (status >= 400 && status < 500) {
    return new AppError('invalid_request', undefined, { details: ['request: is malformed'] });
  }
  return internalFault(requestId, fault);
}

function invalidBody(reason: string): AppError {
  return new AppError('invalid_request', undefined, { details: [`body: ${reason}`] });
}

/** Express and its parsers throw errors with a `status`, and some with a `type`. */
function readHttpFault(fault: unknown): { readonly type: string; readonly status: number } {
  if (!(fault instanceof Error)) {
    return { type: '', status: 500 };
  }
  const type = 'type' in fault && typeof fault.type === 'string' ? fault.type : '';
  const status = 'status' in fault && typeof fault.status === 'number' ? fault.status : 500;
  return { type, status };
}
