import type { Knex } from 'knex';

/** One function of the database. */
export interface SqlFunction {
  /** Name and argument types, as PostgreSQL identifies it: `find_room(uuid)`. */
  readonly signature: string;
  /** The whole CREATE FUNCTION statement. */
  readonly create: string;
  readonly comment: string;
  /** Whether the API's role may call it. Those that are not are triggers. */
  readonly isForApi: boolean;
}

/**
 * For functions that see across row security on purpose. They run with the
 * owner's rights, so names in them must mean the same whoever calls: the
 * caller's temporary tables come last.
 */
export const DEFINER = 'SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp';

/** Creates the functions in this order. Nobody may call them yet who is not named later. */
export async function createFunctions(
  knex: Knex,
  functions: readonly SqlFunction[],
): Promise<void> {
  for (const { signature, create, comment } of functions) {
    await knex.raw(`
      ${create};
      COMMENT ON FUNCTION ${signature} IS '${comment.replaceAll("'", "''")}';
      REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC;
    `);
  }
}

/** Drops them in reverse order. */
export async function dropFunctions(knex: Knex, functions: readonly SqlFunction[]): Promise<void> {
  for (const { signature } of functions.toReversed()) {
    await knex.raw(`DROP FUNCTION ${signature}`);
  }
}

/**
 * Replaces functions by others of the same signature and result, which keep their grants.
 * To go back, hand over the former ones.
 */
export async function replaceFunctions(
  knex: Knex,
  functions: readonly SqlFunction[],
): Promise<void> {
  for (const { signature, create, comment } of functions) {
    await knex.raw(`
      ${create.replace(/^\s*CREATE FUNCTION/, 'CREATE OR REPLACE FUNCTION')};
      COMMENT ON FUNCTION ${signature} IS '${comment.replaceAll("'", "''")}';
    `);
  }
}

/** The function of this signature. @throws Error where the list has none. */
export function getFunction(functions: readonly SqlFunction[], signature: string): SqlFunction {
  const found = functions.find((candidate) => candidate.signature === signature);
  if (found === undefined) {
    throw new Error(`There is no function ${signature}`);
  }
  return found;
}
