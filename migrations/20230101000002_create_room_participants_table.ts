import type { Knex } from 'knex';

/** Who is or was in a room: one row for each person and room, opened again when they return. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE room_participants (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      room_id UUID NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      joined_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      left_at TIMESTAMP WITH TIME ZONE,
      role VARCHAR(50) DEFAULT 'participant' CHECK (role IN ('host', 'participant', 'moderator')),

      -- Unique constraint to prevent duplicate participants
      UNIQUE(room_id, user_id)
    );

    CREATE INDEX idx_room_participants_room_id ON room_participants(room_id);
    CREATE INDEX idx_room_participants_user_id ON room_participants(user_id);
    CREATE INDEX idx_room_participants_joined_at ON room_participants(joined_at);
    -- Who is there now, in a room that very many have visited.
    CREATE INDEX idx_room_participants_present ON room_participants(room_id) WHERE left_at IS NULL;

    COMMENT ON TABLE room_participants IS 'Table to store room participants';
    COMMENT ON COLUMN room_participants.id IS 'Unique identifier for the participant';
    COMMENT ON COLUMN room_participants.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN room_participants.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN room_participants.joined_at IS 'Timestamp when user joined the room, the last time';
    COMMENT ON COLUMN room_participants.left_at IS 'Timestamp when user left the room; null while they are in it';
    COMMENT ON COLUMN room_participants.role IS 'Role of the user in the room (host, participant, moderator)';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE room_participants');
}
