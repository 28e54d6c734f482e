import type { Knex } from 'knex';
import { API_KEY_FUNCTIONS } from './functions/projects.ts';
import { createFunctions, dropFunctions } from './functions/sql-function.ts';
import { releaseTable, secureTable } from './security/security.ts';
import type { TableAccess } from './security/table-access.ts';

const OWNED = 'is_project_owner(project_id)';

const ACCESS: TableAccess = {
  table: 'api_keys',
  grants: [
    // The secret is for find_api_key() alone, even in its encrypted form.
    'SELECT (id, project_id, name, scopes, created_at, last_used_at, revoked_at)',
    'INSERT (id, project_id, name, secret, encryption_key_id, scopes)',
    'UPDATE (revoked_at, secret, encryption_key_id)',
  ],
  policies: [
    { name: 'api_key_visibility', command: 'SELECT', using: OWNED },
    { name: 'api_key_insert', command: 'INSERT', check: OWNED },
    {
      // Once, and for good.
      name: 'api_key_revocation',
      command: 'UPDATE',
      using: `revoked_at IS NULL AND ${OWNED}`,
      check: `revoked_at IS NOT NULL AND ${OWNED}`,
    },
  ],
};
const SIGNATURES = API_KEY_FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Keys with which the backend of an application signs tokens and requests. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE api_keys (
      id VARCHAR(20) PRIMARY KEY CHECK (id ~ '^BK[0-9A-Za-z]{18}$'),
      project_id UUID NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
      name VARCHAR(255) NOT NULL,
      secret TEXT,
      encryption_key_id VARCHAR(16),
      scopes TEXT[] NOT NULL CHECK (
        cardinality(scopes) > 0
        AND scopes <@ ARRAY['tokens', 'rooms:read', 'rooms:write', 'participants:read',
                            'participants:write', 'data']),
      created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
      last_used_at TIMESTAMP WITH TIME ZONE,
      revoked_at TIMESTAMP WITH TIME ZONE,

      -- What is revoked is forgotten: it cannot come back.
      CONSTRAINT api_keys_revoked_check CHECK ((secret IS NULL) = (revoked_at IS NOT NULL)),
      CONSTRAINT api_keys_secret_check CHECK (num_nulls(secret, encryption_key_id) IN (0, 2))
    );

    CREATE INDEX idx_api_keys_project_id ON api_keys(project_id, created_at);

    COMMENT ON TABLE api_keys IS 'Table to store the keys with which applications sign tokens and requests';
    COMMENT ON COLUMN api_keys.id IS 'Unique identifier for the key, which tokens name as their issuer';
    COMMENT ON COLUMN api_keys.project_id IS 'ID of the project (references projects.id)';
    COMMENT ON COLUMN api_keys.name IS 'What its owner calls the key';
    COMMENT ON COLUMN api_keys.secret IS 'The secret, encrypted; null once the key is revoked';
    COMMENT ON COLUMN api_keys.encryption_key_id IS 'ID of the key with which the secret is encrypted';
    COMMENT ON COLUMN api_keys.scopes IS 'What may be done with the key (tokens, rooms:read, rooms:write, participants:read, participants:write, data)';
    COMMENT ON COLUMN api_keys.created_at IS 'Timestamp when key was created';
    COMMENT ON COLUMN api_keys.last_used_at IS 'Timestamp when key was last used, to the minute; null for never';
    COMMENT ON COLUMN api_keys.revoked_at IS 'Timestamp when key was revoked; null while it is good';
  `);
  await createFunctions(knex, API_KEY_FUNCTIONS);
  await knex.raw(`
    -- By default privileges it may do everything.
    REVOKE ALL ON TABLE api_keys FROM app_user;
    GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin;
  `);
  await secureTable(knex, ACCESS);
}

export async function down(knex: Knex): Promise<void> {
  await releaseTable(knex, ACCESS);
  await dropFunctions(knex, API_KEY_FUNCTIONS);
  await knex.raw('DROP TABLE api_keys');
}
