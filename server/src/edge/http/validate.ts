import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import { faultDetails } from '../../kernel/fault-details.ts';

/** Where a field of a request stands. */
export type InputPart = 'params' | 'query' | 'body';

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
  throw new AppError('invalid_request', undefined, { details: faultDetails(result.error, part) });
}
