import type { Knex } from 'knex';

/** Every stay of a person in a room: a row is opened when they come and closed when they go. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE meeting_history (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      room_id UUID NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
      left_at TIMESTAMP WITH TIME ZONE,
      duration INTERVAL,
      recording_url TEXT,

      -- Unique constraint to prevent duplicate entries
      UNIQUE(room_id, user_id, joined_at)
    );

    CREATE INDEX idx_meeting_history_room_id ON meeting_history(room_id);
    CREATE INDEX idx_meeting_history_user_id ON meeting_history(user_id);
    CREATE INDEX idx_meeting_history_joined_at ON meeting_history(joined_at);
    -- The stays that go on, among all that ever were.
    CREATE INDEX idx_meeting_history_open
      ON meeting_history(room_id, user_id, id) WHERE left_at IS NULL;

    COMMENT ON TABLE meeting_history IS 'Table to store meeting history';
    COMMENT ON COLUMN meeting_history.id IS 'Unique identifier for the history entry';
    COMMENT ON COLUMN meeting_history.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN meeting_history.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN meeting_history.joined_at IS 'Timestamp when user joined the meeting';
    COMMENT ON COLUMN meeting_history.left_at IS 'Timestamp when user left the meeting; null while they are in it';
    COMMENT ON COLUMN meeting_history.duration IS 'Duration of the meeting participation: left_at - joined_at, kept by a trigger';
    COMMENT ON COLUMN meeting_history.recording_url IS 'URL to the meeting recording (if available)';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE meeting_history');
}
