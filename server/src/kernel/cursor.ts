import type { Page } from '@balai/protocol';
import { z } from 'zod';
import { AppError } from './app-error.ts';
import { isUuid } from './uuid.ts';

/** A place in a list that is ordered by a moment, and by id where moments are equal. */
export interface ListPosition {
  /** In PostgreSQL's ISO form, UTC, with microseconds: a Date would lose them. */
  readonly at: string;
  /** A UUID. */
  readonly id: string;
}

/** PostgreSQL knows no year 0. */
const moment = z.iso.datetime().refine((text) => !text.startsWith('0000'));
const position = z.tuple([moment, z.string().refine(isUuid)]);

/** The schema of `limit` and `cursor` in the query of a list. */
export function pageQuery(options: { readonly defaultLimit: number; readonly maxLimit?: number }) {
  const { defaultLimit, maxLimit = 100 } = options;
  return z.strictObject({
    cursor: z.string().max(200).optional(),
    limit: z
      .string()
      .regex(/^\d{1,3}$/, 'must be a whole number')
      .transform(Number)
      .pipe(z.int().min(1).max(maxLimit))
      .default(defaultLimit),
  });
}

/** The SQL expression of a column as `ListPosition.at` wants it. */
export function momentSql(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** Writes a place in a list as an opaque text. */
export function writeCursor({ at, id }: ListPosition): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

/**
 * @param field Where the text came from, for the fault: `query.cursor`.
 * @throws AppError `invalid_request` for a text that is no cursor.
 */
export function readCursor(cursor: string, field = 'query.cursor'): ListPosition {
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) {
    throw new AppError('invalid_request', undefined, {
      details: [`${field}: must be what an earlier answer gave`],
    });
  }
  const [at, id] = parsed.data;
  return { at, id };
}

/**
 * Makes a page of what was read.
 *
 * @param rows One more than `limit` where there is a next page.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toPosition: (row: Row) => ListPosition,
): Page<Item> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? writeCursor(toPosition(last)) : null,
  };
}

/** @returns undefined for what is not JSON: the schema refuses it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
