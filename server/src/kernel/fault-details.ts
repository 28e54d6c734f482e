import type { z } from 'zod';

/** A client learns from the first few faults; a long list would only cost. */
const MAX_LINES = 10;
/** Names of unknown fields come back to their sender, but not all of them. */
const MAX_LENGTH = 200;

/**
 * Lines for `details` of an `invalid_request`: `path: what is wrong`.
 *
 * @param place What the paths begin with, for example `body`; nothing, if left out.
 */
export function faultDetails(error: z.ZodError, place?: string): string[] {
  return error.issues.slice(0, MAX_LINES).map(({ path, message }) => {
    const where = [...(place === undefined ? [] : [place]), ...path.map(String)].join('.');
    return (where === '' ? message : `${where}: ${message}`).slice(0, MAX_LENGTH);
  });
}
