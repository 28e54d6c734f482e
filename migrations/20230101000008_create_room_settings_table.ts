import type { Knex } from 'knex';

/** What a room was set to, by key. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE room_settings (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      room_id UUID NOT NULL REFERENCES rooms(id) ON DELETE CASCADE,
      setting_key VARCHAR(255) NOT NULL,
      setting_value TEXT,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

      -- Unique constraint to prevent duplicate settings
      UNIQUE(room_id, setting_key)
    );

    CREATE INDEX idx_room_settings_room_id ON room_settings(room_id);
    CREATE INDEX idx_room_settings_setting_key ON room_settings(setting_key);

    COMMENT ON TABLE room_settings IS 'Table to store room settings';
    COMMENT ON COLUMN room_settings.id IS 'Unique identifier for the setting';
    COMMENT ON COLUMN room_settings.room_id IS 'ID of the room (references rooms.id)';
    COMMENT ON COLUMN room_settings.setting_key IS 'Setting key';
    COMMENT ON COLUMN room_settings.setting_value IS 'Setting value';
    COMMENT ON COLUMN room_settings.created_at IS 'Timestamp when setting was created';
    COMMENT ON COLUMN room_settings.updated_at IS 'Timestamp when setting was last updated';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE room_settings');
}
