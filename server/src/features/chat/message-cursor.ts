import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { MessagePosition } from './message-rows.ts';

/** PostgreSQL knows no year 0. */
const moment = z.iso.datetime().refine((text) => !text.startsWith('0000'));
const position = z.tuple([moment, z.string().refine(isUuid)]);

/** Writes a place among the messages as an opaque text. */
export function writeMessageCursor({ createdAt, messageId }: MessagePosition): string {
  return Buffer.from(JSON.stringify([createdAt, messageId])).toString('base64url');
}

/** @throws AppError `invalid_request` for a text that is no cursor. */
export function readMessageCursor(cursor: string): MessagePosition {
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) {
    throw new AppError('invalid_request', undefined, {
      details: ['before: must be the `before` of an earlier answer'],
    });
  }
  const [createdAt, messageId] = parsed.data;
  return { createdAt, messageId };
}

/** @returns undefined for what is not JSON: the schema refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
