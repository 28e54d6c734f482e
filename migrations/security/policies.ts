import type { Knex } from 'knex';
import type { Policy } from './table-access.ts';

/** A policy that a later migration adds to a table which has row security. */
export interface AddedPolicy extends Policy {
  readonly table: string;
  /** Every row must pass it besides one of the others, instead of being one that lets rows pass. */
  readonly isRestrictive?: boolean;
}

/** Adds them for the API's role. */
export async function addPolicies(knex: Knex, policies: readonly AddedPolicy[]): Promise<void> {
  for (const { table, name, command, using, check, isRestrictive } of policies) {
    await knex.raw(
      `CREATE POLICY ${name} ON ${table} ${isRestrictive === true ? 'AS RESTRICTIVE' : ''}
         FOR ${command} TO app_user
         ${using === undefined ? '' : `USING (${using})`}
         ${check === undefined ? '' : `WITH CHECK (${check})`}`,
    );
  }
}

/** Undoes {@link addPolicies}. */
export async function dropPolicies(knex: Knex, policies: readonly AddedPolicy[]): Promise<void> {
  for (const { table, name } of policies.toReversed()) {
    await knex.raw(`DROP POLICY ${name} ON ${table}`);
  }
}
