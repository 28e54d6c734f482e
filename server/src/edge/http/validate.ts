import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';

export type InputPart = 'params' | 'query' | 'body';

const MAX_DETAILS = 20;
/** Names of unknown fields come back to their sender, but not all 64 kB of them. */
const MAX_DETAIL_LENGTH = 200;
const nothing = z.strictObject({});
const noBody = nothing.optional();

/**
 * Parses one part of a request. A part without schema must be empty.
 *
 * @throws AppError `invalid_request` with one line for each fault.
 */
export function validate(part: InputPart, schema: z.ZodType | undefined, value: unknown): unknown {
  const result = (schema ?? (part === 'body' ? noBody : nothing)).safeParse(value);
  if (result.success) {
    return result.data;
  }
  const details = result.error.issues
    .slice(0, MAX_DETAILS)
    .map((issue) => `${[part, ...issue.path.map(String)].join('.')}: ${issue.message}`)
    .map((detail) => detail.slice(0, MAX_DETAIL_LENGTH));
  throw new AppError('invalid_request', undefined, { details });
}
