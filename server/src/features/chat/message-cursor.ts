import { AppError } from '../../kernel/app-error.ts';
import { findPosition, writeCursor } from '../../kernel/page-cursor.ts';
import type { MessagePosition } from './message-rows.ts';

/** Writes a place among the messages as an opaque text. */
export function writeMessageCursor({ createdAt, messageId }: MessagePosition): string {
  return writeCursor({ createdAt, id: messageId });
}

/** @throws AppError `invalid_request` for a text that is no cursor. */
export function readMessageCursor(cursor: string): MessagePosition {
  const position = findPosition(cursor);
  if (position === undefined) {
    throw new AppError('invalid_request', undefined, {
      details: ['before: must be the `before` of an earlier answer'],
    });
  }
  return { createdAt: position.createdAt, messageId: position.id };
}
