import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { RoomPosition } from './room-rows.ts';

const position = z.tuple([z.iso.datetime(), z.string().refine(isUuid)]);

/** Writes a place in the list as an opaque text. */
export function writeRoomCursor({ createdAt, id }: RoomPosition): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/** @throws AppError `invalid_request` for a text that is no cursor. */
export function readRoomCursor(cursor: string): RoomPosition {
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) {
    throw new AppError('invalid_request', undefined, {
      details: ['query.cursor: must be the nextCursor of an earlier answer'],
    });
  }
  const [createdAt, id] = parsed.data;
  return { createdAt, id };
}

/** @returns undefined for what is not JSON: the schema refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
