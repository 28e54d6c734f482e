import type { Knex } from 'knex';
import type { TableAccess } from './table-access.ts';

/** Puts a table under row security, which binds its owner too, and opens it as far as listed. */
export async function secureTable(
  knex: Knex,
  { table, grants, policies }: TableAccess,
): Promise<void> {
  await knex.raw(`
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    GRANT ALL PRIVILEGES ON TABLE ${table} TO app_admin;
    CREATE POLICY administration ON ${table} TO app_admin USING (TRUE) WITH CHECK (TRUE);
  `);
  for (const grant of grants) {
    await knex.raw(`GRANT ${grant} ON TABLE ${table} TO app_user`);
  }
  for (const { name, command, using, check } of policies) {
    await knex.raw(
      `CREATE POLICY ${name} ON ${table} FOR ${command} TO app_user
         ${using === undefined ? '' : `USING (${using})`}
         ${check === undefined ? '' : `WITH CHECK (${check})`}`,
    );
  }
}

/** Undoes {@link secureTable}. */
export async function releaseTable(knex: Knex, { table, policies }: TableAccess): Promise<void> {
  for (const name of [...policies.map((policy) => policy.name), 'administration']) {
    await knex.raw(`DROP POLICY ${name} ON ${table}`);
  }
  await knex.raw(`
    REVOKE ALL PRIVILEGES ON TABLE ${table} FROM app_user, app_admin;
    ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;
  `);
}
