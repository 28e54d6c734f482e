import { randomUUID } from 'node:crypto';
import type { WireError } from '@balai/protocol';
import { AppError, internalFault } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';

/**
 * Turns what was thrown into what a client may read. A fault of the server goes
 * into the log, under an id that is all the client learns of it.
 *
 * @param context What the log is to say besides.
 */
export function toWireError(
  error: unknown,
  logger: Logger,
  context: Readonly<Record<string, unknown>>,
): WireError {
  if (error instanceof AppError && error.code !== 'internal') {
    if (error.status >= 500) {
      logger.warn({ err: error, ...context }, 'a signalling request could not be served');
    }
    return error.toWire();
  }
  const errorId = randomUUID();
  logger.error({ err: error, errorId, ...context }, 'a signalling request failed');
  return internalFault(errorId, error).toWire();
}
