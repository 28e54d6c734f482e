import type { Knex } from 'knex';

/** What users are told, whether they are online or not. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE notifications (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      type VARCHAR(50) NOT NULL
        CHECK (type IN ('room_invitation', 'meeting_reminder', 'system', 'message')),
      title VARCHAR(255) NOT NULL,
      message TEXT NOT NULL,
      is_read BOOLEAN DEFAULT FALSE,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
      room_id UUID REFERENCES rooms(id) ON DELETE CASCADE,
      sender_id UUID REFERENCES users(id) ON DELETE SET NULL,
      due_at TIMESTAMP WITH TIME ZONE,

      CONSTRAINT notifications_reminder_check
        CHECK (type <> 'meeting_reminder' OR num_nulls(room_id, due_at) = 0)
    );

    CREATE INDEX idx_notifications_user_id ON notifications(user_id);
    CREATE INDEX idx_notifications_type ON notifications(type);
    CREATE INDEX idx_notifications_is_read ON notifications(is_read);
    CREATE INDEX idx_notifications_created_at ON notifications(created_at);
    -- A page of one user's notifications.
    CREATE INDEX idx_notifications_user_id_created_at ON notifications(user_id, created_at, id);
    CREATE INDEX idx_notifications_room_id ON notifications(room_id);
    CREATE INDEX idx_notifications_sender_id ON notifications(sender_id);
    -- Nobody is reminded twice of one meeting, unless it was moved.
    CREATE UNIQUE INDEX idx_notifications_reminder
      ON notifications(user_id, room_id, due_at) WHERE type = 'meeting_reminder';

    COMMENT ON TABLE notifications IS 'Table to store user notifications';
    COMMENT ON COLUMN notifications.id IS 'Unique identifier for the notification';
    COMMENT ON COLUMN notifications.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN notifications.type IS 'Notification type (room_invitation, meeting_reminder, system, message)';
    COMMENT ON COLUMN notifications.title IS 'Notification title';
    COMMENT ON COLUMN notifications.message IS 'Notification message';
    COMMENT ON COLUMN notifications.is_read IS 'Flag indicating if notification is read';
    COMMENT ON COLUMN notifications.created_at IS 'Timestamp when notification was created';
    COMMENT ON COLUMN notifications.room_id IS 'ID of the room that it is about (references rooms.id); null for none';
    COMMENT ON COLUMN notifications.sender_id IS 'ID of the user who caused it (references users.id); null for the system';
    COMMENT ON COLUMN notifications.due_at IS 'Start of the meeting that a reminder is for';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE notifications');
}
