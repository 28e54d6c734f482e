import type { Knex } from 'knex';
import { ACCOUNT_FUNCTIONS } from './functions/accounts.ts';
import { MEETING_FUNCTIONS } from './functions/meetings.ts';
import {
  FIND_ROOM,
  PROJECT_AWARE_FUNCTIONS,
  PROJECT_ROOM_FUNCTIONS,
} from './functions/project-rooms.ts';
import {
  createFunctions,
  dropFunctions,
  getFunction,
  replaceFunctions,
} from './functions/sql-function.ts';
import { type AddedPolicy, addPolicies, dropPolicies } from './security/policies.ts';
import { IN_PROJECT, OPERATOR } from './security/project-access.ts';

const TABLES_OF_ROOMS = ['room_participants', 'room_messages'] as const;

const POLICIES: readonly AddedPolicy[] = [
  ...(['rooms', ...TABLES_OF_ROOMS] as const).map(
    (table): AddedPolicy => ({
      table,
      name: `${table.replace(/s$/, '')}_project`,
      command: 'ALL',
      using: IN_PROJECT,
      check: IN_PROJECT,
      isRestrictive: true,
    }),
  ),
  {
    table: 'rooms',
    name: 'room_breakout_insert',
    command: 'INSERT',
    check: `${OPERATOR} OR parent_id IS NULL OR is_room_moderator(parent_id)`,
    isRestrictive: true,
  },
];

const FORMER_FIND_ROOM = getFunction(MEETING_FUNCTIONS, FIND_ROOM.signature);
const FORMER_FUNCTIONS = PROJECT_AWARE_FUNCTIONS.map(({ signature }) =>
  getFunction(ACCOUNT_FUNCTIONS, signature),
);
const SIGNATURES = PROJECT_ROOM_FUNCTIONS.filter(({ isForApi }) => isForApi)
  .map(({ signature }) => signature)
  .join(', ');

/** Rooms of projects, what applications may ask of a room, and the role of a listener. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE rooms
      ADD COLUMN project_id UUID REFERENCES projects(id) ON DELETE CASCADE,
      -- Deferrable, so that data can be restored in any order.
      ADD COLUMN parent_id UUID
        REFERENCES rooms(id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
      ADD COLUMN metadata TEXT NOT NULL DEFAULT '' CHECK (octet_length(metadata) <= 65536),
      ADD COLUMN empty_timeout_s INTEGER CHECK (empty_timeout_s >= 0),
      ADD COLUMN departure_timeout_s INTEGER CHECK (departure_timeout_s >= 0),
      ADD COLUMN duplicate_identity VARCHAR(20) NOT NULL DEFAULT 'replace'
        CHECK (duplicate_identity IN ('replace', 'reject', 'allow')),
      ADD COLUMN is_locked BOOLEAN NOT NULL DEFAULT FALSE;

    CREATE INDEX idx_rooms_project_id ON rooms(project_id, created_at, id);
    CREATE INDEX idx_rooms_parent_id ON rooms(parent_id);
    -- Applications name their rooms; breakout rooms are found by the room that they belong to.
    CREATE UNIQUE INDEX idx_rooms_project_id_name ON rooms(project_id, name)
      WHERE status = 'active' AND parent_id IS NULL AND project_id IS NOT NULL;

    COMMENT ON COLUMN rooms.project_id IS 'ID of the project that the room belongs to, as its host does (references projects.id); null for the server''s own rooms';
    COMMENT ON COLUMN rooms.parent_id IS 'ID of the room of which this is a breakout room (references rooms.id); null for any other';
    COMMENT ON COLUMN rooms.metadata IS 'Free text of the application, which everybody in the room sees';
    COMMENT ON COLUMN rooms.empty_timeout_s IS 'Seconds after which a room ends in which nobody was yet; null for never';
    COMMENT ON COLUMN rooms.departure_timeout_s IS 'Seconds after which a room ends that everybody has left; null for never';
    COMMENT ON COLUMN rooms.duplicate_identity IS 'What happens when somebody joins who is in the room already: the new stay replaces the old one (replace), is refused (reject), or both stay (allow)';
    COMMENT ON COLUMN rooms.is_locked IS 'Whether nobody new may come in';
    GRANT
      SELECT (project_id, parent_id, metadata, empty_timeout_s, departure_timeout_s,
              duplicate_identity, is_locked),
      INSERT (parent_id, metadata, empty_timeout_s, departure_timeout_s, duplicate_identity),
      UPDATE (metadata, empty_timeout_s, departure_timeout_s, duplicate_identity, is_locked)
      ON TABLE rooms TO app_user;

    ALTER TABLE room_participants
      ADD COLUMN project_id UUID,
      ADD COLUMN assigned_room_id UUID REFERENCES rooms(id) ON DELETE SET NULL,
      DROP CONSTRAINT room_participants_role_check,
      ADD CONSTRAINT room_participants_role_check
        CHECK (role IN ('host', 'moderator', 'participant', 'listener'));
    CREATE INDEX idx_room_participants_assigned_room_id ON room_participants(assigned_room_id);
    COMMENT ON COLUMN room_participants.role IS 'Role of the user in the room (host, moderator, participant, listener)';
    COMMENT ON COLUMN room_participants.project_id IS 'ID of the project that the room belongs to; null for the server''s own rooms';
    COMMENT ON COLUMN room_participants.assigned_room_id IS 'ID of the breakout room to which the user is assigned (references rooms.id); null for none';
    GRANT UPDATE (assigned_room_id) ON TABLE room_participants TO app_user;

    ALTER TABLE room_messages ADD COLUMN project_id UUID;
    COMMENT ON COLUMN room_messages.project_id IS 'ID of the project that the room belongs to; null for the server''s own rooms';
  `);
  await createFunctions(knex, PROJECT_ROOM_FUNCTIONS);
  await replaceFindRoom(knex, FIND_ROOM);
  await replaceFunctions(knex, PROJECT_AWARE_FUNCTIONS);
  await knex.raw(`
    GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin;
    CREATE TRIGGER set_project_of_room BEFORE INSERT OR UPDATE OF host_id ON rooms
      FOR EACH ROW EXECUTE FUNCTION set_project_of_room();
    CREATE CONSTRAINT TRIGGER check_breakout_room AFTER INSERT OR UPDATE OF parent_id, host_id ON rooms
      DEFERRABLE INITIALLY IMMEDIATE
      FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION check_breakout_room();
  `);
  for (const table of TABLES_OF_ROOMS) {
    await knex.raw(`
      CREATE TRIGGER set_project_of_${table}
        BEFORE INSERT OR UPDATE OF room_id, user_id ON ${table}
        FOR EACH ROW EXECUTE FUNCTION set_project_from_room();
    `);
  }
  await addPolicies(knex, POLICIES);
}

export async function down(knex: Knex): Promise<void> {
  await dropPolicies(knex, POLICIES);
  for (const table of TABLES_OF_ROOMS) {
    await knex.raw(`DROP TRIGGER set_project_of_${table} ON ${table}`);
  }
  await knex.raw(`
    DROP TRIGGER check_breakout_room ON rooms;
    DROP TRIGGER set_project_of_room ON rooms;
  `);
  await replaceFunctions(knex, FORMER_FUNCTIONS);
  await replaceFindRoom(knex, FORMER_FIND_ROOM);
  await dropFunctions(knex, PROJECT_ROOM_FUNCTIONS);
  await knex.raw(`
    ALTER TABLE room_messages DROP COLUMN project_id;

    REVOKE UPDATE (assigned_room_id) ON TABLE room_participants FROM app_user;
    UPDATE room_participants SET role = 'participant' WHERE role = 'listener';
    ALTER TABLE room_participants
      DROP CONSTRAINT room_participants_role_check,
      ADD CONSTRAINT room_participants_role_check
        CHECK (role IN ('host', 'participant', 'moderator')),
      DROP COLUMN assigned_room_id,
      DROP COLUMN project_id;
    COMMENT ON COLUMN room_participants.role IS 'Role of the user in the room (host, participant, moderator)';

    ALTER TABLE rooms
      DROP COLUMN project_id,
      DROP COLUMN parent_id,
      DROP COLUMN metadata,
      DROP COLUMN empty_timeout_s,
      DROP COLUMN departure_timeout_s,
      DROP COLUMN duplicate_identity,
      DROP COLUMN is_locked;
  `);
}

/** Its result changes, which CREATE OR REPLACE does not take. */
async function replaceFindRoom(knex: Knex, replacement: typeof FIND_ROOM): Promise<void> {
  await dropFunctions(knex, [replacement]);
  await createFunctions(knex, [replacement]);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${replacement.signature} TO app_user, app_admin`);
}
