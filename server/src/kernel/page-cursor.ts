import { z } from 'zod';
import { isUuid } from './uuid.ts';

/** A place in a list that is ordered by time and then by id. */
export interface PagePosition {
  /** ISO 8601, UTC, with microseconds: exact, which a Date is not. */
  readonly createdAt: string;
  /** A UUID. */
  readonly id: string;
}

/** PostgreSQL knows no year 0. */
const moment = z.iso.datetime().refine((text) => !text.startsWith('0000'));
const position = z.tuple([moment, z.string().refine(isUuid)]);

/** Writes a place in a list as an opaque text. */
export function writeCursor({ createdAt, id }: PagePosition): string {
  return Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');
}

/**
 * Reads a place that PostgreSQL can look for.
 *
 * @returns undefined for a text that is no cursor: clients can send any.
 */
export function findPosition(cursor: string): PagePosition | undefined {
  const parsed = position.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) {
    return undefined;
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
