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

/**
 * As `typedText`, on one line that can be seen and leaves the text around it as it
 * is. For names: nobody is to look like somebody else, or like nobody.
 */
export function typedLine(min: number, max: number) {
  return typedText(min, max)
    .refine((text) => !/[\r\n\t\u2028\u2029]/.test(text), 'must be a single line')
    .refine((text) => !DIRECTION.test(text), 'must not turn the direction of the text')
    .refine((text) => text === '' || VISIBLE.test(text), 'must hold something that can be seen');
}

/** Embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX 9). */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;
/** The blank of Braille is a symbol, and looks like a space. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{Cs}\u2800]/u;

function isFreeOfControls(text: string): boolean {
  return !/[^\P{Cc}\r\n\t]/u.test(text);
}

/** Whether a text leads elsewhere as a part of a URL's path, however it is encoded. */
export function isStep(text: string): boolean {
  return text === '.' || text === '..';
}
