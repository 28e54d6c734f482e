import type { Knex } from 'knex';
import { PROJECT_FUNCTIONS } from './functions/projects.ts';
import { createFunctions, dropFunctions } from './functions/sql-function.ts';
import { addPolicies, dropPolicies } from './security/policies.ts';
import { IN_PROJECT, SAME_PROJECT_POLICIES } from './security/project-access.ts';
import { releaseTable, secureTable } from './security/security.ts';
import type { TableAccess } from './security/table-access.ts';

const ACCESS: TableAccess = {
  table: 'projects',
  // Rows come about by create_project() only, with their service user.
  grants: ['SELECT', 'UPDATE (name, jwks_url, issuer)', 'DELETE'],
  policies: [
    {
      name: 'project_isolation',
      command: 'ALL',
      using: '(SELECT current_user_id()) = owner_id OR (SELECT current_user_is_admin())',
    },
  ],
};

const USER_POLICIES = [
  {
    table: 'users',
    name: 'user_project',
    command: 'ALL',
    using: IN_PROJECT,
    check: IN_PROJECT,
    isRestrictive: true,
  },
  ...SAME_PROJECT_POLICIES,
] as const;
const SIGNATURES = PROJECT_FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Applications that embed Balai: whose rooms and people have nothing to do with one another's. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE projects (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      name VARCHAR(255) NOT NULL,
      owner_id UUID REFERENCES users(id) ON DELETE CASCADE,
      -- Each of the two rows needs the other one: looked at when the transaction ends.
      service_user_id UUID NOT NULL UNIQUE REFERENCES users(id) DEFERRABLE INITIALLY DEFERRED,
      jwks_url TEXT CHECK (char_length(jwks_url) <= 2048),
      issuer VARCHAR(255) UNIQUE,
      created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
      updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),

      -- Tokens name their issuer, by which the keys are found.
      CONSTRAINT projects_jwks_check CHECK (num_nulls(jwks_url, issuer) IN (0, 2))
    );

    CREATE INDEX idx_projects_owner_id ON projects(owner_id);

    COMMENT ON TABLE projects IS 'Table to store projects: applications that embed Balai, with rooms and people of their own';
    COMMENT ON COLUMN projects.id IS 'Unique identifier for the project';
    COMMENT ON COLUMN projects.name IS 'Project name';
    COMMENT ON COLUMN projects.owner_id IS 'ID of the account that manages the project (references users.id); null for one that the operator made';
    COMMENT ON COLUMN projects.service_user_id IS 'ID of the user as which the application''s backend acts (references users.id): the host of the project''s rooms';
    COMMENT ON COLUMN projects.jwks_url IS 'Where the application publishes the keys with which it signs room tokens; null where it uses API keys only';
    COMMENT ON COLUMN projects.issuer IS 'Issuer of the tokens that are signed with those keys';
    COMMENT ON COLUMN projects.created_at IS 'Timestamp when project was created';
    COMMENT ON COLUMN projects.updated_at IS 'Timestamp when project was last updated';

    ALTER TABLE users
      -- Deferrable, so that data can be restored in any order.
      ADD COLUMN project_id UUID
        REFERENCES projects(id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
      ADD COLUMN external_id VARCHAR(128),
      DROP CONSTRAINT users_kind_check,
      ADD CONSTRAINT users_kind_check
        CHECK (kind IN ('registered', 'external', 'guest', 'service')),
      -- Accounts are the server's own; a service user is always somebody's.
      ADD CONSTRAINT users_project_check CHECK (
        CASE kind WHEN 'registered' THEN project_id IS NULL
                  WHEN 'service' THEN project_id IS NOT NULL
                  ELSE TRUE END),
      ADD CONSTRAINT users_external_id_check
        CHECK (external_id IS NULL OR (kind = 'external' AND project_id IS NOT NULL));
    CREATE UNIQUE INDEX idx_users_project_id_external_id ON users(project_id, external_id);

    COMMENT ON COLUMN users.kind IS 'Whose user this is: registered (has an account here), external (an embedding application knows them), guest, service (as which the backend of an application acts)';
    COMMENT ON COLUMN users.project_id IS 'ID of the project that the user belongs to (references projects.id); null for the server''s own accounts and guests';
    COMMENT ON COLUMN users.external_id IS 'What the application calls the user, unique in its project; of external users only';
    GRANT SELECT (project_id, external_id) ON TABLE users TO app_user;
  `);
  await createFunctions(knex, PROJECT_FUNCTIONS);
  // By default privileges the API's role may do everything.
  await knex.raw('REVOKE ALL ON TABLE projects FROM app_user');
  await secureTable(knex, ACCESS);
  await addPolicies(knex, USER_POLICIES);
  await knex.raw(`
    GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin;
    CREATE TRIGGER update_projects_updated_at BEFORE UPDATE ON projects
      FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
  `);
}

/** Projects go with all that belongs to them: without them nothing would keep it apart. */
export async function down(knex: Knex): Promise<void> {
  await dropPolicies(knex, USER_POLICIES);
  await knex.raw(`
    DELETE FROM projects;
    -- The check that was put off until the end of the transaction would keep the table from going.
    SET CONSTRAINTS ALL IMMEDIATE;
  `);
  await releaseTable(knex, ACCESS);
  await knex.raw('DROP TRIGGER update_projects_updated_at ON projects');
  await dropFunctions(knex, PROJECT_FUNCTIONS);
  await knex.raw(`
    REVOKE SELECT (project_id, external_id) ON TABLE users FROM app_user;
    ALTER TABLE users
      DROP CONSTRAINT users_external_id_check,
      DROP CONSTRAINT users_project_check,
      DROP CONSTRAINT users_kind_check,
      ADD CONSTRAINT users_kind_check CHECK (kind IN ('registered', 'external', 'guest')),
      DROP COLUMN external_id,
      DROP COLUMN project_id;
    COMMENT ON COLUMN users.kind IS 'Whose user this is: registered (has an account here), external (an embedding application knows them), guest';
    DROP TABLE projects;
  `);
}
