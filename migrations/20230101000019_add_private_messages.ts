import type { Knex } from 'knex';
import { HOUSEKEEPING_FUNCTIONS } from './functions/housekeeping.ts';
import { MEETING_FUNCTIONS } from './functions/meetings.ts';
import { CLEAN_GUESTS, FIND_AUTHORS } from './functions/project-rooms.ts';
import {
  createFunctions,
  dropFunctions,
  getFunction,
  replaceFunctions,
} from './functions/sql-function.ts';
import { type AddedPolicy, addPolicies, dropPolicies } from './security/policies.ts';
import { OPERATOR } from './security/project-access.ts';

const ME = '(SELECT current_user_id())';

const POLICIES: readonly AddedPolicy[] = [
  {
    // Moderators and administrators are no exception.
    table: 'room_messages',
    name: 'room_message_privacy',
    command: 'ALL',
    using: `${OPERATOR} OR recipient_id IS NULL OR user_id = ${ME} OR recipient_id = ${ME}`,
    isRestrictive: true,
  },
  {
    table: 'room_messages',
    name: 'room_message_recipient',
    command: 'INSERT',
    check: `${OPERATOR} OR recipient_id IS NULL OR is_room_member(room_id, recipient_id)`,
    isRestrictive: true,
  },
];

/** Messages from one person in a room to another, which nobody else reads. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE room_messages
      ADD COLUMN recipient_id UUID REFERENCES users(id) ON DELETE CASCADE,
      ADD CONSTRAINT room_messages_recipient_check CHECK (recipient_id <> user_id);
    CREATE INDEX idx_room_messages_recipient_id ON room_messages(recipient_id);
    COMMENT ON COLUMN room_messages.recipient_id IS 'ID of the only other user who may read the message (references users.id); null for everybody in the room';

    -- Cleaning up goes through guests and the people of applications, oldest first.
    DROP INDEX idx_users_guests;
    CREATE INDEX idx_users_passing ON users(created_at, id) WHERE kind IN ('guest', 'external');
  `);
  await replaceFunctions(knex, [CLEAN_GUESTS]);
  await replaceFindAuthors(knex, FIND_AUTHORS);
  await addPolicies(knex, POLICIES);
}

/** What was private is not shown to everybody. */
export async function down(knex: Knex): Promise<void> {
  await dropPolicies(knex, POLICIES);
  await replaceFindAuthors(knex, getFunction(MEETING_FUNCTIONS, FIND_AUTHORS.signature));
  await replaceFunctions(knex, [getFunction(HOUSEKEEPING_FUNCTIONS, CLEAN_GUESTS.signature)]);
  await knex.raw(`
    DROP INDEX idx_users_passing;
    CREATE INDEX idx_users_guests ON users(created_at, id) WHERE kind = 'guest';
    DELETE FROM room_messages WHERE recipient_id IS NOT NULL;
    ALTER TABLE room_messages
      DROP CONSTRAINT room_messages_recipient_check,
      DROP COLUMN recipient_id;
  `);
}

/** Its result changes, which CREATE OR REPLACE does not take. */
async function replaceFindAuthors(knex: Knex, replacement: typeof FIND_AUTHORS): Promise<void> {
  await dropFunctions(knex, [replacement]);
  await createFunctions(knex, [replacement]);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${replacement.signature} TO app_user, app_admin`);
}
