import type { Knex } from 'knex';
import { FUNCTIONS } from './functions/functions.ts';
import { releaseTable, secureTable } from './security/security.ts';
import { TABLE_ACCESS } from './security/table-access.ts';

const VIEWS = 'active_rooms, user_contacts_view, meeting_statistics, user_activity';
const API_FUNCTIONS = FUNCTIONS.filter(({ isForApi }) => isForApi)
  .map(({ signature }) => signature)
  .join(', ');

/**
 * Roles and row security.
 *
 * app_user is what the API's login is a member of: its rows are those of the
 * user whom the transaction names. app_admin sees every row; operators may have
 * it, and the owner of the tables must, because row security is forced on the
 * owner too and the functions of the schema run with the owner's rights.
 */
export async function up(knex: Knex): Promise<void> {
  await createRoles(knex);
  await knex.raw(`
    DO $$
    BEGIN
      EXECUTE format('GRANT CONNECT ON DATABASE %I TO app_user', current_database());
      EXECUTE format('GRANT ALL PRIVILEGES ON DATABASE %I TO app_admin', current_database());
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE NOTICE 'the database is somebody else''s: its owner says who may connect';
    END;
    $$;
    GRANT USAGE ON SCHEMA public TO app_user, app_admin;
  `);
  for (const access of TABLE_ACCESS) {
    await secureTable(knex, access);
  }
  await knex.raw(`
    GRANT SELECT ON ${VIEWS} TO app_user, app_admin;
    GRANT EXECUTE ON FUNCTION ${API_FUNCTIONS} TO app_user, app_admin;
    -- What later migrations make is reachable, and has no rows before it has policies:
    -- a test holds that every table has row security.
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app_user;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO app_user;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL PRIVILEGES ON TABLES TO app_admin;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL PRIVILEGES ON SEQUENCES TO app_admin;
  `);
}

/** The roles stay: they are the cluster's, and another database of it may use them. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM app_user, app_admin;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM app_user, app_admin;
    REVOKE ALL ON FUNCTION ${API_FUNCTIONS} FROM app_user, app_admin;
    REVOKE ALL ON ${VIEWS} FROM app_user, app_admin;
  `);
  for (const access of TABLE_ACCESS.toReversed()) {
    await releaseTable(knex, access);
  }
  await knex.raw(`
    REVOKE USAGE ON SCHEMA public FROM app_user, app_admin;
    DO $$
    BEGIN
      EXECUTE format('REVOKE ALL ON DATABASE %I FROM app_user, app_admin', current_database());
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE NOTICE 'the database is somebody else''s: its owner says who may connect';
    END;
    $$;
  `);
}

/**
 * Makes the roles where the cluster does not have them, and the present role a
 * member of app_admin. Roles are the whole cluster's: migrations of other
 * databases, which do not wait for this one's lock, may make them at this moment.
 */
async function createRoles(knex: Knex): Promise<void> {
  await knex.raw(`
    DO $$
    DECLARE
      wanted NAME;
    BEGIN
      FOR attempt IN 1..20 LOOP
        BEGIN
          FOREACH wanted IN ARRAY ARRAY['app_user', 'app_admin'] LOOP
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
              EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
          END LOOP;
          IF NOT pg_has_role(current_user, 'app_admin', 'USAGE') THEN
            GRANT app_admin TO CURRENT_USER;
          END IF;
          RETURN;
        EXCEPTION
          WHEN duplicate_object OR unique_violation OR internal_error THEN
            PERFORM pg_sleep(0.05);
          WHEN insufficient_privilege THEN
            RAISE insufficient_privilege USING
              MESSAGE = format('%I may not make the roles that row security needs', current_user),
              HINT = format(
                'Let a superuser run: CREATE ROLE app_user; CREATE ROLE app_admin; GRANT app_admin TO %I; GRANT app_user TO %I WITH ADMIN OPTION',
                current_user, current_user);
        END;
      END LOOP;
      RAISE 'the roles app_user and app_admin could not be made: other migrations of the cluster kept interfering';
    END;
    $$;
  `);
}
