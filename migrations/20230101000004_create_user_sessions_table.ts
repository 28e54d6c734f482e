import type { Knex } from 'knex';

/** Signed-in devices: one row for each sign-in, whose refresh token changes with every use. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE user_sessions (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      token VARCHAR(64) UNIQUE NOT NULL,
      family VARCHAR(64) UNIQUE NOT NULL,
      previous_token VARCHAR(64),
      rotation_salt TEXT,
      encryption_key_id VARCHAR(64),
      rotated_at TIMESTAMP WITH TIME ZONE,
      expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      ip_address INET,
      user_agent TEXT,
      is_revoked BOOLEAN DEFAULT FALSE,

      -- The three facts of a rotation come together or not at all.
      CONSTRAINT user_sessions_rotation_check
        CHECK (num_nulls(previous_token, rotation_salt, rotated_at) IN (0, 3)),
      CONSTRAINT user_sessions_encryption_check
        CHECK (encryption_key_id IS NULL OR rotation_salt IS NOT NULL)
    );

    CREATE INDEX idx_user_sessions_user_id ON user_sessions(user_id);
    CREATE INDEX idx_user_sessions_token ON user_sessions(token);
    CREATE INDEX idx_user_sessions_expires_at ON user_sessions(expires_at);

    COMMENT ON TABLE user_sessions IS 'Table to store user sessions for authentication';
    COMMENT ON COLUMN user_sessions.id IS 'Unique identifier for the session';
    COMMENT ON COLUMN user_sessions.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN user_sessions.token IS 'SHA-256 of the refresh token that is valid now, in hexadecimal';
    COMMENT ON COLUMN user_sessions.family IS 'SHA-256 of the part that all refresh tokens of this session have in common, in hexadecimal';
    COMMENT ON COLUMN user_sessions.previous_token IS 'SHA-256 of the refresh token before the present one; null before the first refresh';
    COMMENT ON COLUMN user_sessions.rotation_salt IS 'Key from which the present refresh token was derived, with the previous one; encrypted where encryption_key_id is set';
    COMMENT ON COLUMN user_sessions.encryption_key_id IS 'Id of the key with which rotation_salt is encrypted; null for a plain one, in hexadecimal';
    COMMENT ON COLUMN user_sessions.rotated_at IS 'Timestamp of the last refresh';
    COMMENT ON COLUMN user_sessions.expires_at IS 'Timestamp when session expires';
    COMMENT ON COLUMN user_sessions.created_at IS 'Timestamp when session was created';
    COMMENT ON COLUMN user_sessions.ip_address IS 'IP address of the user';
    COMMENT ON COLUMN user_sessions.user_agent IS 'User agent string';
    COMMENT ON COLUMN user_sessions.is_revoked IS 'Flag indicating if session is revoked';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE user_sessions');
}
