import { LIMITS } from '@balai/protocol';
import { z } from 'zod';

/** Text whose length counts in bytes of UTF-8, as it is sent. */
export function textOfBytes(maxBytes: number) {
  return z
    .string()
    .max(maxBytes)
    .refine(
      (text) => Buffer.byteLength(text, 'utf8') <= maxBytes,
      `must be at most ${maxBytes} bytes`,
    );
}

/** What applications attach to a room or a participant. */
export const metadataText = textOfBytes(LIMITS.metadataBytes);

/** Attributes of a participant, or those of them that change. */
export const attributesRecord = z
  .record(z.string().min(1), z.string())
  .refine((attributes) => Object.keys(attributes).length <= LIMITS.attributes, {
    error: `must be at most ${LIMITS.attributes} attributes`,
  })
  .refine((attributes) => sizeOfAttributes(attributes) <= LIMITS.attributesBytes, {
    error: `must be at most ${LIMITS.attributesBytes} bytes, names and values`,
  });

/** Bytes of attributes, names and values. */
export function sizeOfAttributes(attributes: Readonly<Record<string, string>>): number {
  return Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
