import type { z } from 'zod';

/** A client learns from the first few faults; a long list would only cost. */
const MAX_LINES = 10;
const MAX_LENGTH = 200;

/** Lines for `details` of an `invalid_request`: `path: what is wrong`. */
export function faultDetails(error: z.ZodError): string[] {
  return error.issues
    .slice(0, MAX_LINES)
    .map(({ path, message }) =>
      (path.length === 0 ? message : `${path.join('.')}: ${message}`).slice(0, MAX_LENGTH),
    );
}
