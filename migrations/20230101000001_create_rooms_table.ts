import type { Knex } from 'knex';

/** Meeting rooms. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE rooms (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      name VARCHAR(255) NOT NULL,
      description TEXT,
      host_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      password VARCHAR(255),
      max_users INTEGER DEFAULT 10 CHECK (max_users > 0),
      status VARCHAR(50) DEFAULT 'active' CHECK (status IN ('active', 'ended', 'cancelled')),
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      ended_at TIMESTAMP WITH TIME ZONE,
      scheduled_at TIMESTAMP WITH TIME ZONE,
      has_password BOOLEAN NOT NULL GENERATED ALWAYS AS (password IS NOT NULL) STORED
    );

    CREATE INDEX idx_rooms_host_id ON rooms(host_id);
    CREATE INDEX idx_rooms_status ON rooms(status);
    CREATE INDEX idx_rooms_created_at ON rooms(created_at);
    CREATE INDEX idx_rooms_scheduled_at ON rooms(scheduled_at);

    COMMENT ON TABLE rooms IS 'Table to store meeting rooms';
    COMMENT ON COLUMN rooms.id IS 'Unique identifier for the room';
    COMMENT ON COLUMN rooms.name IS 'Room name';
    COMMENT ON COLUMN rooms.description IS 'Room description';
    COMMENT ON COLUMN rooms.host_id IS 'ID of the room host (references users.id)';
    COMMENT ON COLUMN rooms.password IS 'Hashed room password (argon2id); null for a room without one';
    COMMENT ON COLUMN rooms.max_users IS 'Maximum number of users allowed in the room';
    COMMENT ON COLUMN rooms.status IS 'Room status (active, ended, cancelled)';
    COMMENT ON COLUMN rooms.created_at IS 'Timestamp when room was created';
    COMMENT ON COLUMN rooms.updated_at IS 'Timestamp when room was last updated';
    COMMENT ON COLUMN rooms.ended_at IS 'Timestamp when room was ended';
    COMMENT ON COLUMN rooms.scheduled_at IS 'Timestamp when room is scheduled to start';
    COMMENT ON COLUMN rooms.has_password IS 'Whether the room has a password; for those who may not read its hash';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE rooms');
}
