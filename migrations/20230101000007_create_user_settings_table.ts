import type { Knex } from 'knex';

/** What a user has chosen, by key. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE user_settings (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      setting_key VARCHAR(255) NOT NULL,
      setting_value TEXT,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

      -- Unique constraint to prevent duplicate settings
      UNIQUE(user_id, setting_key)
    );

    CREATE INDEX idx_user_settings_user_id ON user_settings(user_id);
    CREATE INDEX idx_user_settings_setting_key ON user_settings(setting_key);

    COMMENT ON TABLE user_settings IS 'Table to store user settings';
    COMMENT ON COLUMN user_settings.id IS 'Unique identifier for the setting';
    COMMENT ON COLUMN user_settings.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN user_settings.setting_key IS 'Setting key';
    COMMENT ON COLUMN user_settings.setting_value IS 'Setting value';
    COMMENT ON COLUMN user_settings.created_at IS 'Timestamp when setting was created';
    COMMENT ON COLUMN user_settings.updated_at IS 'Timestamp when setting was last updated';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE user_settings');
}
