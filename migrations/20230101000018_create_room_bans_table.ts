import type { Knex } from 'knex';
import { releaseTable, secureTable } from './security/security.ts';
import type { TableAccess } from './security/table-access.ts';

const ACCESS: TableAccess = {
  table: 'room_bans',
  grants: ['SELECT', 'INSERT', 'UPDATE (identity, name, banned_by, reason)', 'DELETE'],
  policies: [
    {
      name: 'room_ban_moderation',
      command: 'ALL',
      using: 'is_room_moderator(room_id)',
      check: 'is_room_moderator(room_id) AND is_of_current_project(user_id)',
    },
  ],
};

/** Who was sent out of a room for good. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE room_bans (
      room_id UUID NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      identity VARCHAR(128) NOT NULL,
      name VARCHAR(255) NOT NULL,
      banned_by UUID REFERENCES users(id) ON DELETE SET NULL,
      reason TEXT NOT NULL DEFAULT '',
      created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),

      PRIMARY KEY (room_id, user_id)
    );

    CREATE INDEX idx_room_bans_user_id ON room_bans(user_id);
    CREATE INDEX idx_room_bans_banned_by ON room_bans(banned_by);

    COMMENT ON TABLE room_bans IS 'Table to store who may not come into a room any more';
    COMMENT ON COLUMN room_bans.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN room_bans.user_id IS 'ID of the banned user (references users.id)';
    COMMENT ON COLUMN room_bans.identity IS 'What the people in the room know the user by';
    COMMENT ON COLUMN room_bans.name IS 'Name of the user when they were banned';
    COMMENT ON COLUMN room_bans.banned_by IS 'ID of the user who banned them (references users.id)';
    COMMENT ON COLUMN room_bans.reason IS 'Why, for those who moderate the room; may be empty';
    COMMENT ON COLUMN room_bans.created_at IS 'Timestamp when user was banned';

    -- By default privileges it may do everything.
    REVOKE ALL ON TABLE room_bans FROM app_user;
  `);
  await secureTable(knex, ACCESS);
}

export async function down(knex: Knex): Promise<void> {
  await releaseTable(knex, ACCESS);
  await knex.raw('DROP TABLE room_bans');
}
