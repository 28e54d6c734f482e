import { z } from 'zod';

/**
 * Text that a person typed: trimmed, without control characters other than line
 * breaks and tabs. U+0000 above all must not pass: PostgreSQL refuses it.
 *
 * @param max Length in UTF-16 units, after trimming.
 */
export function typedText(min: number, max: number) {
  return z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine(isFreeOfControls, 'must not contain control characters');
}

/** As `typedText`, on one line. For names. */
export function typedLine(min: number, max: number) {
  return typedText(min, max).refine((text) => !/[\r\n\t]/.test(text), 'must be a single line');
}

function isFreeOfControls(text: string): boolean {
  return !/[^\P{Cc}\r\n\t]/u.test(text);
}
