import { AppError } from '../../kernel/app-error.ts';
import { findPosition } from '../../kernel/page-cursor.ts';
import type { RoomPosition } from './room-rows.ts';

export { writeCursor as writeRoomCursor } from '../../kernel/page-cursor.ts';

/** @throws AppError `invalid_request` for a text that is no cursor. */
export function readRoomCursor(cursor: string): RoomPosition {
  const position = findPosition(cursor);
  if (position === undefined) {
    throw new AppError('invalid_request', undefined, {
      details: ['query.cursor: must be the nextCursor of an earlier answer'],
    });
  }
  return position;
}
