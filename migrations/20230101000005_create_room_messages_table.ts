import type { Knex } from 'knex';

/** What was said in the chat of a room. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE room_messages (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      room_id UUID NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      message TEXT NOT NULL,
      message_type VARCHAR(50) DEFAULT 'text' CHECK (message_type IN ('text', 'system', 'file')),
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
    );

    CREATE INDEX idx_room_messages_room_id ON room_messages(room_id);
    CREATE INDEX idx_room_messages_user_id ON room_messages(user_id);
    CREATE INDEX idx_room_messages_created_at ON room_messages(created_at);

    COMMENT ON TABLE room_messages IS 'Table to store room chat messages';
    COMMENT ON COLUMN room_messages.id IS 'Unique identifier for the message';
    COMMENT ON COLUMN room_messages.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN room_messages.user_id IS 'ID of the user who sent the message (references users.id)';
    COMMENT ON COLUMN room_messages.message IS 'Message content';
    COMMENT ON COLUMN room_messages.message_type IS 'Type of message (text, system, file)';
    COMMENT ON COLUMN room_messages.created_at IS 'Timestamp when message was sent';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE room_messages');
}
