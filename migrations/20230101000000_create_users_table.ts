import type { Knex } from 'knex';

/** People: with an account here, known to an application that embeds Balai, or guests. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE users (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      email VARCHAR(255) UNIQUE,
      password VARCHAR(255),
      first_name VARCHAR(100) NOT NULL,
      last_name VARCHAR(100) NOT NULL,
      avatar TEXT,
      kind VARCHAR(50) NOT NULL DEFAULT 'registered'
        CHECK (kind IN ('registered', 'external', 'guest')),
      status VARCHAR(50) DEFAULT 'active'
        CHECK (status IN ('active', 'inactive', 'banned', 'deleted')),
      is_admin BOOLEAN NOT NULL DEFAULT FALSE,
      email_verified BOOLEAN DEFAULT FALSE,
      email_verification_token VARCHAR(64) UNIQUE,
      email_verification_expires_at TIMESTAMP WITH TIME ZONE,
      password_reset_token VARCHAR(64) UNIQUE,
      password_reset_expires_at TIMESTAMP WITH TIME ZONE,
      last_login TIMESTAMP WITH TIME ZONE,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

      -- Only an account of our own signs in with e-mail and password.
      CONSTRAINT users_credentials_check
        CHECK (kind <> 'registered' OR (email IS NOT NULL AND password IS NOT NULL)),
      CONSTRAINT users_is_admin_check
        CHECK (NOT is_admin OR kind = 'registered'),
      -- A token without an end would be good for ever.
      CONSTRAINT users_email_verification_check
        CHECK (num_nulls(email_verification_token, email_verification_expires_at) IN (0, 2)),
      CONSTRAINT users_password_reset_check
        CHECK (num_nulls(password_reset_token, password_reset_expires_at) IN (0, 2))
    );

    CREATE INDEX idx_users_email ON users(email);
    CREATE INDEX idx_users_status ON users(status);
    CREATE INDEX idx_users_created_at ON users(created_at);
    -- Cleaning up goes through the guests, oldest first.
    CREATE INDEX idx_users_guests ON users(created_at, id) WHERE kind = 'guest';
    -- The search for people by the beginning of their name.
    CREATE INDEX idx_users_full_name
      ON users(lower(first_name || ' ' || last_name) text_pattern_ops) WHERE kind <> 'guest';
    CREATE INDEX idx_users_last_name
      ON users(lower(last_name) text_pattern_ops) WHERE kind <> 'guest';

    COMMENT ON TABLE users IS 'Table to store user information';
    COMMENT ON COLUMN users.id IS 'Unique identifier for the user';
    COMMENT ON COLUMN users.email IS 'User email address (unique), in lower case; null for external users and guests';
    COMMENT ON COLUMN users.password IS 'Hashed password (argon2id); null for external users and guests';
    COMMENT ON COLUMN users.first_name IS 'User first name; the whole name of a guest';
    COMMENT ON COLUMN users.last_name IS 'User last name; empty for a guest';
    COMMENT ON COLUMN users.avatar IS 'URL to user avatar image';
    COMMENT ON COLUMN users.kind IS 'Whose user this is: registered (has an account here), external (an embedding application knows them), guest';
    COMMENT ON COLUMN users.status IS 'User status (active, inactive, banned, deleted)';
    COMMENT ON COLUMN users.is_admin IS 'Whether the user may call the endpoints for operators; granted by the owner of the database only';
    COMMENT ON COLUMN users.email_verified IS 'Flag indicating if email is verified';
    COMMENT ON COLUMN users.email_verification_token IS 'SHA-256 of the token that proves the email address, in hexadecimal; null when none is out';
    COMMENT ON COLUMN users.email_verification_expires_at IS 'Timestamp when the verification token expires';
    COMMENT ON COLUMN users.password_reset_token IS 'SHA-256 of the token that allows a new password, in hexadecimal; null when none is out';
    COMMENT ON COLUMN users.password_reset_expires_at IS 'Timestamp when the reset token expires';
    COMMENT ON COLUMN users.last_login IS 'Timestamp of last login';
    COMMENT ON COLUMN users.created_at IS 'Timestamp when user was created';
    COMMENT ON COLUMN users.updated_at IS 'Timestamp when user was last updated';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE users');
}
