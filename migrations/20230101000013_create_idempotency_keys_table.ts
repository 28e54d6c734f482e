import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';
import { releaseTable, secureTable } from './security/security.ts';
import type { TableAccess } from './security/table-access.ts';

const ME = '(SELECT current_user_id())';

const ACCESS: TableAccess = {
  table: 'idempotency_keys',
  grants: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  policies: [
    {
      name: 'idempotency_key_isolation',
      command: 'ALL',
      using: `user_id = ${ME}`,
      check: `user_id = ${ME}`,
    },
  ],
};

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'clean_idempotency_keys(interval)',
    isForApi: true,
    comment: 'Deletes what was remembered of requests that are older than this; returns how many',
    create: `
      CREATE FUNCTION clean_idempotency_keys(older_than INTERVAL) RETURNS INTEGER
      LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        deleted_count INTEGER;
      BEGIN
        DELETE FROM idempotency_keys k WHERE k.created_at < NOW() - older_than;
        GET DIAGNOSTICS deleted_count = ROW_COUNT;
        RETURN deleted_count;
      END;
      $$`,
  },
];

/** Answers that were given, so that a request which is sent again gets the same one. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE idempotency_keys (
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      idempotency_key VARCHAR(255) NOT NULL,
      request_hash VARCHAR(64) NOT NULL,
      status INTEGER CHECK (status BETWEEN 200 AND 599),
      response JSONB,
      claim UUID NOT NULL DEFAULT gen_random_uuid(),
      created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),

      PRIMARY KEY (user_id, idempotency_key)
    );

    CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys(created_at);

    COMMENT ON TABLE idempotency_keys IS 'Table to store answers to requests that carried an idempotency key';
    COMMENT ON COLUMN idempotency_keys.user_id IS 'ID of the user who sent the request (references users.id)';
    COMMENT ON COLUMN idempotency_keys.idempotency_key IS 'SHA-256 of the idempotency key that the client chose, in hexadecimal';
    COMMENT ON COLUMN idempotency_keys.request_hash IS 'HMAC-SHA-256 of method, path and body under the client''s key, in hexadecimal: another request under the same key is refused';
    COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status of the answer; null while the request is under way';
    COMMENT ON COLUMN idempotency_keys.response IS 'Body of the answer; null for none';
    COMMENT ON COLUMN idempotency_keys.claim IS 'Whose turn it is: whoever takes the request over writes another one, and who had it before changes nothing any more';
    COMMENT ON COLUMN idempotency_keys.created_at IS 'Timestamp when the request began, or when its process was last known to work on it';
  `);
  await createFunctions(knex, FUNCTIONS);
  await secureTable(knex, ACCESS);
  await knex.raw(
    'GRANT EXECUTE ON FUNCTION clean_idempotency_keys(interval) TO app_user, app_admin',
  );
}

export async function down(knex: Knex): Promise<void> {
  await releaseTable(knex, ACCESS);
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw('DROP TABLE idempotency_keys');
}
