import { DEFINER, type SqlFunction } from './sql-function.ts';

/** What keeps the rooms of projects apart, and finds them. */
export const PROJECT_ROOM_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'set_project_of_room()',
    isForApi: false,
    comment: 'Trigger: a room belongs to the project of its host',
    create: `
      CREATE FUNCTION set_project_of_room() RETURNS TRIGGER LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        NEW.project_id := (SELECT u.project_id FROM users u WHERE u.id = NEW.host_id);
        RETURN NEW;
      END;
      $$`,
  },
  {
    signature: 'check_breakout_room()',
    isForApi: false,
    comment: 'Trigger: a breakout room is one of a room of the same project that is none itself',
    create: `
      CREATE FUNCTION check_breakout_room() RETURNS TRIGGER LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        IF NOT EXISTS (
          SELECT FROM rooms r
          WHERE r.id = NEW.parent_id AND r.parent_id IS NULL
            AND r.project_id IS NOT DISTINCT FROM NEW.project_id)
        THEN
          RAISE insufficient_privilege USING MESSAGE = 'a breakout room needs a main room of its project';
        END IF;
        RETURN NEW;
      END;
      $$`,
  },
  {
    signature: 'set_project_from_room()',
    isForApi: false,
    comment: 'Trigger: what is of a room belongs to its project, and so must its user',
    create: `
      CREATE FUNCTION set_project_from_room() RETURNS TRIGGER LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        NEW.project_id := (SELECT r.project_id FROM rooms r WHERE r.id = NEW.room_id);
        -- Whom there is not, the foreign key tells.
        IF EXISTS (
          SELECT FROM users u
          WHERE u.id = NEW.user_id AND u.project_id IS DISTINCT FROM NEW.project_id)
        THEN
          RAISE insufficient_privilege USING MESSAGE = 'the user does not belong to the project of the room';
        END IF;
        RETURN NEW;
      END;
      $$`,
  },
  {
    signature: 'find_project_room(uuid, text)',
    isForApi: true,
    comment: 'Joining: the open room of a project with this name, null where there is none',
    create: `
      CREATE FUNCTION find_project_room(wanted_project_id UUID, wanted_name TEXT) RETURNS UUID
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT r.id FROM rooms r
        WHERE r.project_id = wanted_project_id AND r.name = wanted_name
          AND r.status = 'active' AND r.parent_id IS NULL
      $$`,
  },
  {
    signature: 'find_project_files(uuid, integer, text)',
    isForApi: true,
    comment:
      'Deleting a project: keys of the files in its chats, in their order, after the given one; for its owner and administrators',
    create: `
      CREATE FUNCTION find_project_files(
        wanted_project_id UUID, max_results INTEGER, after_key TEXT)
      RETURNS SETOF VARCHAR LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT m.file_key FROM rooms r
        JOIN room_messages m ON m.room_id = r.id
        WHERE r.project_id = wanted_project_id AND is_project_owner(wanted_project_id)
          AND m.file_key > after_key
        ORDER BY m.file_key LIMIT max_results
      $$`,
  },
  {
    signature: 'create_guest(uuid, text)',
    isForApi: true,
    comment:
      'Joining a room by its link: writes the current user down as a guest, of the project of the room',
    create: `
      CREATE FUNCTION create_guest(wanted_room_id UUID, guest_name TEXT) RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO users (id, kind, project_id, first_name, last_name)
        SELECT current_user_id(), 'guest', r.project_id, guest_name, ''
        FROM rooms r WHERE r.id = wanted_room_id
      $$`,
  },
];

/** Takes the place of the function of the same name: it tells more. */
export const FIND_ROOM: SqlFunction = {
  signature: 'find_room(uuid)',
  isForApi: true,
  comment:
    'A room by its link: the id is the invitation, so everybody who knows it may see this much. Guests are welcome where nothing is set, but for rooms of projects',
  create: `
    CREATE FUNCTION find_room(wanted_room_id UUID)
    RETURNS TABLE (
      id UUID, name VARCHAR, description TEXT, host_id UUID, has_password BOOLEAN,
      max_users INTEGER, status VARCHAR, guests_allowed BOOLEAN,
      created_at TIMESTAMP WITH TIME ZONE, ended_at TIMESTAMP WITH TIME ZONE,
      scheduled_at TIMESTAMP WITH TIME ZONE,
      project_id UUID, metadata TEXT, empty_timeout_s INTEGER, departure_timeout_s INTEGER,
      duplicate_identity VARCHAR, is_locked BOOLEAN, parent_id UUID)
    LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
      SELECT r.id, r.name, r.description, r.host_id, r.has_password, r.max_users, r.status,
             COALESCE(s.setting_value = 'true', r.project_id IS NULL),
             r.created_at, r.ended_at, r.scheduled_at,
             r.project_id, r.metadata, r.empty_timeout_s, r.departure_timeout_s,
             r.duplicate_identity, r.is_locked, r.parent_id
      FROM rooms r
      LEFT JOIN room_settings s ON s.room_id = r.id AND s.setting_key = 'guests_allowed'
      WHERE r.id = wanted_room_id
    $$`,
};

/** Take the place of functions of the same signature, which know nothing of projects. */
export const PROJECT_AWARE_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'search_users(text, integer)',
    isForApi: true,
    comment:
      'Looking for a contact: anybody of the same project, or of none, with exactly this email address, and people whom the current user can see whose full or last name begins so',
    create: `
      CREATE FUNCTION search_users(wanted TEXT, max_results INTEGER)
      RETURNS TABLE (id UUID, first_name VARCHAR, last_name VARCHAR, avatar TEXT)
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT u.id, u.first_name, u.last_name, u.avatar
        FROM users u
        CROSS JOIN LATERAL (SELECT lower(trim(wanted)) AS text) typed
        WHERE current_user_id() IS NOT NULL AND typed.text <> ''
          AND u.kind NOT IN ('guest', 'service') AND u.status = 'active'
          AND u.id <> current_user_id()
          AND u.project_id IS NOT DISTINCT FROM (SELECT current_project_id())
          AND (
            u.email = typed.text
            OR (
              (
                lower(u.first_name || ' ' || u.last_name) ~>=~ typed.text
                  AND lower(u.first_name || ' ' || u.last_name) ~<~ (typed.text || chr(1114111))
                OR lower(u.last_name) ~>=~ typed.text
                  AND lower(u.last_name) ~<~ (typed.text || chr(1114111))
              )
              AND can_see_user(u.id)
            )
          )
        ORDER BY lower(u.first_name), lower(u.last_name), u.id
        LIMIT max_results
      $$`,
  },
  {
    signature: 'add_contact_by_email(text)',
    isForApi: true,
    comment:
      'Makes the active account with this email address a contact of the current user; returns its id, or null where there is none, and for users of projects',
    create: `
      CREATE FUNCTION add_contact_by_email(wanted_email TEXT) RETURNS UUID
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO user_contacts AS c (user_id, contact_id, by_email)
        SELECT current_user_id(), u.id, TRUE FROM users u
        WHERE u.email = wanted_email AND u.kind = 'registered' AND u.status = 'active'
          AND current_user_id() IS NOT NULL AND u.id <> current_user_id()
          AND (SELECT current_project_id()) IS NULL
        ON CONFLICT (user_id, contact_id) DO UPDATE SET by_email = TRUE
        RETURNING c.contact_id
      $$`,
  },
];

/** Takes the place of the function of the same signature, which knows no private messages and no names that applications give. */
export const FIND_AUTHORS: SqlFunction = {
  signature: 'find_authors(uuid[])',
  isForApi: true,
  comment:
    'Names and pictures of the authors of messages, and who they and their recipients are for clients, as far as the current user may read those: also of authors who are no members any more',
  create: `
    CREATE FUNCTION find_authors(message_ids UUID[])
    RETURNS TABLE (
      message_id UUID, first_name VARCHAR, last_name VARCHAR, avatar TEXT,
      identity VARCHAR, recipient_identity VARCHAR)
    LANGUAGE sql STABLE ${DEFINER} AS $$
      WITH asked AS MATERIALIZED (
        SELECT m.id, m.room_id, m.user_id, m.recipient_id FROM room_messages m
        WHERE m.id = ANY (message_ids)
          AND (m.recipient_id IS NULL OR current_user_id() IN (m.user_id, m.recipient_id))
      ), rooms AS MATERIALIZED (
        SELECT DISTINCT asked.room_id FROM asked
      ), readable AS MATERIALIZED (
        SELECT rooms.room_id FROM rooms
        WHERE is_room_member(rooms.room_id, current_user_id())
      )
      SELECT asked.id, u.first_name, u.last_name, u.avatar,
             COALESCE(u.external_id, u.id::varchar), COALESCE(r.external_id, r.id::varchar)
      FROM asked
      JOIN readable ON readable.room_id = asked.room_id
      JOIN users u ON u.id = asked.user_id
      LEFT JOIN users r ON r.id = asked.recipient_id
    $$`,
};

/** Takes the place of the function of the same signature, which leaves out the people of applications. */
export const CLEAN_GUESTS: SqlFunction = {
  signature: 'clean_guests(interval, timestamp with time zone, uuid, integer)',
  isForApi: true,
  comment:
    'Looks at so many guests and people of applications after a place in their order, and deletes those who have been nowhere for this long. Who wrote or got messages stays, and of the people of applications who is banned. Returns how many were deleted, and the place of the last one when there may be more',
  create: `
    CREATE FUNCTION clean_guests(
      unseen_for INTERVAL, after_created_at TIMESTAMP WITH TIME ZONE, after_id UUID,
      max_guests INTEGER)
    RETURNS TABLE (deleted_count INTEGER, last_created_at TEXT, last_id UUID)
    LANGUAGE sql ${DEFINER} AS $$
      WITH looked_at AS MATERIALIZED (
        SELECT u.id, u.created_at, u.kind, u.project_id, u.status FROM users u
        WHERE u.kind IN ('guest', 'external') AND u.created_at < NOW() - unseen_for
          AND (after_created_at IS NULL
            OR (u.created_at, u.id) > (after_created_at, after_id))
        ORDER BY u.created_at, u.id
        LIMIT max_guests
      ), gone AS (
        DELETE FROM users u USING looked_at l
        WHERE u.id = l.id
          -- Their next token writes them down anew, under the same id.
          AND (l.kind = 'guest'
            OR l.project_id IS NOT NULL AND l.status = 'active'
              AND NOT EXISTS (SELECT FROM room_bans b WHERE b.user_id = l.id))
          AND NOT EXISTS (SELECT FROM room_messages m WHERE m.user_id = u.id)
          AND NOT EXISTS (SELECT FROM room_messages m WHERE m.recipient_id = u.id)
          AND NOT EXISTS (
            SELECT FROM room_participants p
            WHERE p.user_id = u.id AND (p.left_at IS NULL OR p.left_at >= NOW() - unseen_for))
          AND NOT EXISTS (
            SELECT FROM meeting_history h
            WHERE h.user_id = u.id AND (h.left_at IS NULL OR h.left_at >= NOW() - unseen_for))
        RETURNING u.id
      ), ending AS (
        SELECT l.created_at, l.id FROM looked_at l
        WHERE (SELECT count(*) FROM looked_at) = max_guests
        ORDER BY l.created_at DESC, l.id DESC LIMIT 1
      )
      SELECT (SELECT count(*)::integer FROM gone), e.created_at::text, e.id
      FROM (SELECT) one LEFT JOIN ending e ON TRUE
    $$`,
};
