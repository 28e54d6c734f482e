import type { Knex } from 'knex';

/** Whom a user keeps as a contact. The contact is not asked, and sees nothing of it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE user_contacts (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      contact_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
      by_email BOOLEAN NOT NULL DEFAULT FALSE,
      created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),

      -- Unique constraint to prevent duplicate contacts
      UNIQUE(user_id, contact_id),

      -- Check constraint to prevent user from adding themselves as contact
      CHECK(user_id != contact_id)
    );

    CREATE INDEX idx_user_contacts_user_id ON user_contacts(user_id);
    CREATE INDEX idx_user_contacts_contact_id ON user_contacts(contact_id);

    COMMENT ON TABLE user_contacts IS 'Table to store user contacts';
    COMMENT ON COLUMN user_contacts.id IS 'Unique identifier for the contact';
    COMMENT ON COLUMN user_contacts.user_id IS 'ID of the user (references users.id)';
    COMMENT ON COLUMN user_contacts.contact_id IS 'ID of the contact (references users.id)';
    COMMENT ON COLUMN user_contacts.by_email IS 'Whether the user added the contact by its email address: only then it is shown to them';
    COMMENT ON COLUMN user_contacts.created_at IS 'Timestamp when contact was added';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TABLE user_contacts');
}
