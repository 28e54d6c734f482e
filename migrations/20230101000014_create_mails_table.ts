import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';
import { releaseTable, secureTable } from './security/security.ts';
import type { TableAccess } from './security/table-access.ts';

/** Mails are nobody's rows: the API reaches them through functions only. */
const ACCESS: TableAccess = { table: 'mails', grants: [], policies: [] };

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'put_mail(uuid, text, varchar, timestamp with time zone)',
    isForApi: true,
    comment: 'Keeps a mail until it is sent, or until it is of no use any more',
    create: `
      CREATE FUNCTION put_mail(
        mail_id UUID, sealed_content TEXT, key_id VARCHAR, useless_after TIMESTAMP WITH TIME ZONE)
      RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO mails (id, content, encryption_key_id, expires_at)
        VALUES (mail_id, sealed_content, key_id, useless_after)
      $$`,
  },
  {
    signature: 'take_due_mails(integer, interval)',
    isForApi: true,
    comment:
      'Hands out mails whose attempt is due, oldest first. Nobody else gets them before the lease ends',
    create: `
      CREATE FUNCTION take_due_mails(max_mails INTEGER, lease INTERVAL)
      RETURNS TABLE (
        id UUID, content TEXT, attempts INTEGER, expires_at TIMESTAMP WITH TIME ZONE)
      LANGUAGE sql ${DEFINER} AS $$
        WITH due AS MATERIALIZED (
          SELECT m.id FROM mails m WHERE m.next_attempt_at <= clock_timestamp()
          ORDER BY m.next_attempt_at LIMIT max_mails FOR UPDATE SKIP LOCKED
        )
        UPDATE mails m
        SET attempts = m.attempts + 1, next_attempt_at = clock_timestamp() + lease
        FROM due WHERE m.id = due.id
        RETURNING m.id, m.content, m.attempts, m.expires_at
      $$`,
  },
  {
    signature: 'finish_mail(uuid, integer)',
    isForApi: true,
    comment: 'Forgets a mail that was sent, or given up, with this attempt',
    create: `
      CREATE FUNCTION finish_mail(mail_id UUID, attempt INTEGER) RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        DELETE FROM mails m WHERE m.id = mail_id AND m.attempts = attempt
      $$`,
  },
  {
    signature: 'postpone_mail(uuid, integer, interval)',
    isForApi: true,
    comment: 'Lets a mail that was not taken with this attempt be tried again after a while',
    create: `
      CREATE FUNCTION postpone_mail(mail_id UUID, attempt INTEGER, pause INTERVAL) RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        UPDATE mails m SET next_attempt_at = clock_timestamp() + pause
        WHERE m.id = mail_id AND m.attempts = attempt
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Mails that wait to be sent, so that none is lost with the process that was to send it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE mails (
      id UUID PRIMARY KEY,
      content TEXT NOT NULL,
      encryption_key_id VARCHAR(16) NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
      expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW()
    );

    CREATE INDEX idx_mails_next_attempt_at ON mails(next_attempt_at);

    COMMENT ON TABLE mails IS 'Table to store mails until they are sent';
    COMMENT ON COLUMN mails.id IS 'Unique identifier for the mail';
    COMMENT ON COLUMN mails.content IS 'Address, subject and text, encrypted: they hold tokens';
    COMMENT ON COLUMN mails.encryption_key_id IS 'ID of the key with which the content is encrypted';
    COMMENT ON COLUMN mails.attempts IS 'How often somebody set out to send it';
    COMMENT ON COLUMN mails.next_attempt_at IS 'When it may be tried next; while it is being sent, when another process may take it over';
    COMMENT ON COLUMN mails.expires_at IS 'When it is of no use any more';
    COMMENT ON COLUMN mails.created_at IS 'Timestamp when the mail was written';
  `);
  await createFunctions(knex, FUNCTIONS);
  await secureTable(knex, ACCESS);
  await knex.raw(`
    REVOKE ALL ON TABLE mails FROM app_user;
    GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await releaseTable(knex, ACCESS);
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw('DROP TABLE mails');
}
