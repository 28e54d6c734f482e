import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { FileAnswer } from '../../kernel/route.ts';

/**
 * Sends what somebody uploaded. Whatever it is, no browser runs it here: it is
 * saved instead of shown (but for pictures, which pages may show), taken for
 * nothing else than it says, and, where it is opened all the same, in a sandbox
 * without scripts.
 */
export async function sendFile(response: Response, file: FileAnswer): Promise<void> {
  const { content, type, name, sizeBytes, isPicture = false } = file;
  if (!isPicture) {
    response.attachment(name);
  }
  // Express would add a character set, which nobody knows.
  response.setHeader('Content-Type', type);
  response.set({
    ...(sizeBytes === undefined ? {} : { 'Content-Length': String(sizeBytes) }),
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': isPicture ? 'cross-origin' : 'same-origin',
  });
  await pipeline(content, response);
}
