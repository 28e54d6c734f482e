import { ERROR_CODES, type ErrorAnswer, type Page, type Timestamp } from '@balai/protocol';
import { z } from 'zod';

/*
 * Schemas of what the server answers. Nothing is parsed with them: the
 * documentation is made of them, and a test holds the answers to it. With an `id`
 * a schema has a name there.
 */

/** A type without what schemas and interfaces say in different words: read-only, `| undefined`. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? {
        readonly [Key in keyof T]-?: readonly [
          Plain<Exclude<T[Key], undefined>>,
          Record<never, never> extends Pick<T, Key> ? 'optional' : 'required',
        ];
      }
    : T;

type IsSame<A, B> = [Plain<A>] extends [Plain<B>]
  ? [Plain<B>] extends [Plain<A>]
    ? true
    : false
  : false;

/**
 * The schema of a type of the protocol. One that takes less, more or something else
 * than the type does not compile, so that documentation, clients and server agree.
 */
export function exactly<T>() {
  return <Schema extends z.ZodType>(
    schema: IsSame<z.output<Schema>, T> extends true ? Schema : never,
  ): z.ZodType<T> => schema as unknown as z.ZodType<T>;
}

/** ISO 8601 in UTC. */
export const timestamp: z.ZodType<Timestamp> = z.iso
  .datetime()
  .meta({ example: '2026-01-31T12:00:00.000Z' });

/** An id of the database. */
export const uuid: z.ZodType<string> = z.guid().meta({ format: 'uuid' });

/** One page of a list. @param name Of the page in the documentation. */
export function pageOf<Item>(name: string, item: z.ZodType<Item>): z.ZodType<Page<Item>> {
  return z
    .strictObject({
      items: z.array(item),
      nextCursor: z.string().nullable().meta({ description: 'Asks for the next page.' }),
    })
    .meta({ id: name });
}

/** Body of every failure. */
export const errorAnswer: z.ZodType<ErrorAnswer> = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(ERROR_CODES as readonly [(typeof ERROR_CODES)[number]]),
      message: z.string().meta({ description: 'For people, in English. May change.' }),
      retryable: z.boolean(),
      retryAfterMs: z.number().optional(),
      details: z.array(z.string()).readonly().optional(),
    }),
  })
  .meta({ id: 'ErrorAnswer' }) as z.ZodType<ErrorAnswer>;
