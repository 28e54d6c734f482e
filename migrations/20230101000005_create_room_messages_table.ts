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
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      edited_at TIMESTAMP WITH TIME ZONE,
      deleted_at TIMESTAMP WITH TIME ZONE,
      file_name VARCHAR(255),
      file_size BIGINT CHECK (file_size >= 0),
      file_type VARCHAR(255),
      file_key VARCHAR(255) UNIQUE,

      -- A file message has all facts of its file; any other has none.
      CONSTRAINT room_messages_file_check
        CHECK (num_nonnulls(file_name, file_size, file_type, file_key) =
          CASE WHEN message_type = 'file' AND deleted_at IS NULL THEN 4 ELSE 0 END),
      -- What is deleted is gone; the row stays, so that those who have read it learn of it.
      CONSTRAINT room_messages_deleted_check CHECK (deleted_at IS NULL OR message = '')
    );

    CREATE INDEX idx_room_messages_room_id ON room_messages(room_id);
    CREATE INDEX idx_room_messages_user_id ON room_messages(user_id);
    CREATE INDEX idx_room_messages_created_at ON room_messages(created_at);
    -- A page of the history of one room, however many messages the room has.
    CREATE INDEX idx_room_messages_room_id_created_at ON room_messages(room_id, created_at, id);

    COMMENT ON TABLE room_messages IS 'Table to store room chat messages';
    COMMENT ON COLUMN room_messages.id IS 'Unique identifier for the message';
    COMMENT ON COLUMN room_messages.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN room_messages.user_id IS 'ID of the user who sent the message (references users.id)';
    COMMENT ON COLUMN room_messages.message IS 'Message content; empty once deleted';
    COMMENT ON COLUMN room_messages.message_type IS 'Type of message (text, system, file)';
    COMMENT ON COLUMN room_messages.created_at IS 'Timestamp when message was sent';
    COMMENT ON COLUMN room_messages.edited_at IS 'Timestamp when message was last edited; null for never';
    COMMENT ON COLUMN room_messages.deleted_at IS 'Timestamp when message was deleted by its author or a moderator; null for never';
    COMMENT ON COLUMN room_messages.file_name IS 'Name of the file, as its sender called it; of file messages only';
    COMMENT ON COLUMN room_messages.file_size IS 'Size of the file in bytes';
    COMMENT ON COLUMN room_messages.file_type IS 'Media type of the file, for example image/png';
    COMMENT ON COLUMN room_messages.file_key IS 'Key under which the file storage holds the file';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE room_messages');
}
