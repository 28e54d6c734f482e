import { DEFINER, type SqlFunction } from './sql-function.ts';

/** Rooms before one is in them, and stays as the signalling server sees them. */
export const MEETING_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_room(uuid)',
    isForApi: true,
    comment:
      'A room by its link: the id is the invitation, so everybody who knows it may see this much',
    create: `
      CREATE FUNCTION find_room(wanted_room_id UUID)
      RETURNS TABLE (
        id UUID, name VARCHAR, description TEXT, host_id UUID, has_password BOOLEAN,
        max_users INTEGER, status VARCHAR, guests_allowed BOOLEAN,
        created_at TIMESTAMP WITH TIME ZONE, ended_at TIMESTAMP WITH TIME ZONE,
        scheduled_at TIMESTAMP WITH TIME ZONE)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT r.id, r.name, r.description, r.host_id, r.has_password, r.max_users, r.status,
               COALESCE(s.setting_value, 'true') = 'true',
               r.created_at, r.ended_at, r.scheduled_at
        FROM rooms r
        LEFT JOIN room_settings s ON s.room_id = r.id AND s.setting_key = 'guests_allowed'
        WHERE r.id = wanted_room_id
      $$`,
  },
  {
    signature: 'find_room_password(uuid)',
    isForApi: true,
    comment: 'Joining: the password hash of a room, null where it has none',
    create: `
      CREATE FUNCTION find_room_password(wanted_room_id UUID) RETURNS VARCHAR
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT r.password FROM rooms r WHERE r.id = wanted_room_id
      $$`,
  },
  {
    signature: 'find_room_video_codecs(uuid)',
    isForApi: true,
    comment:
      'Joining: in which codecs a room would have its video sent, as JSON, null where it has no wish; for everybody who knows its id',
    create: `
      CREATE FUNCTION find_room_video_codecs(wanted_room_id UUID) RETURNS TEXT
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT s.setting_value FROM room_settings s
        WHERE s.room_id = wanted_room_id AND s.setting_key = 'video_codecs'
      $$`,
  },
  {
    signature: 'find_authors(uuid[])',
    isForApi: true,
    comment:
      'Names and pictures of the authors of messages, as far as the current user may read those: also of authors who are no members any more',
    create: `
      CREATE FUNCTION find_authors(message_ids UUID[])
      RETURNS TABLE (message_id UUID, first_name VARCHAR, last_name VARCHAR, avatar TEXT)
      LANGUAGE sql STABLE ${DEFINER} AS $$
        WITH asked AS MATERIALIZED (
          SELECT m.id, m.room_id, m.user_id FROM room_messages m WHERE m.id = ANY (message_ids)
        ), rooms AS MATERIALIZED (
          SELECT DISTINCT asked.room_id FROM asked
        ), readable AS MATERIALIZED (
          SELECT rooms.room_id FROM rooms
          WHERE is_room_member(rooms.room_id, current_user_id())
        )
        SELECT asked.id, u.first_name, u.last_name, u.avatar
        FROM asked
        JOIN readable ON readable.room_id = asked.room_id
        JOIN users u ON u.id = asked.user_id
      $$`,
  },
  {
    signature: 'find_invited(uuid)',
    isForApi: true,
    comment: 'Who was invited to a room and can be reached; for its host and moderators',
    create: `
      CREATE FUNCTION find_invited(wanted_room_id UUID) RETURNS SETOF UUID
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT DISTINCT n.user_id FROM notifications n
        JOIN users u ON u.id = n.user_id AND u.status = 'active'
        WHERE n.room_id = wanted_room_id AND n.type = 'room_invitation'
          AND is_room_moderator(wanted_room_id)
      $$`,
  },
  {
    signature: 'record_arrival(uuid, text, timestamp with time zone)',
    isForApi: true,
    comment:
      'The server has admitted the current user to the room: opens a stay, and the row of the participant again. May be repeated, and come late',
    create: `
      CREATE FUNCTION record_arrival(
        wanted_room_id UUID, given_role TEXT, arrived_at TIMESTAMP WITH TIME ZONE)
      RETURNS VOID LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        IF caller IS NULL THEN
          RAISE insufficient_privilege USING MESSAGE = 'an arrival needs a user';
        END IF;
        -- Nobody is twice in a room: a stay that was not closed ended when this one began.
        UPDATE meeting_history h SET left_at = arrived_at
        WHERE h.room_id = wanted_room_id AND h.user_id = caller
          AND h.left_at IS NULL AND h.joined_at < arrived_at;
        INSERT INTO meeting_history (room_id, user_id, joined_at, left_at)
        VALUES (wanted_room_id, caller, arrived_at, (
          SELECT MIN(later.joined_at) FROM meeting_history later
          WHERE later.room_id = wanted_room_id AND later.user_id = caller
            AND later.joined_at > arrived_at))
        ON CONFLICT (room_id, user_id, joined_at) DO NOTHING;
        -- Who returns keeps the role that they were given meanwhile.
        INSERT INTO room_participants AS p (room_id, user_id, role, joined_at)
        VALUES (wanted_room_id, caller, given_role, arrived_at)
        ON CONFLICT (room_id, user_id) DO UPDATE
        SET joined_at = EXCLUDED.joined_at, left_at = NULL
        WHERE p.joined_at <= EXCLUDED.joined_at;
      END;
      $$`,
  },
  {
    signature: 'record_departure(uuid, timestamp with time zone, timestamp with time zone)',
    isForApi: true,
    comment: 'The current user has left the room: closes the stay that began at that moment',
    create: `
      CREATE FUNCTION record_departure(
        wanted_room_id UUID, arrived_at TIMESTAMP WITH TIME ZONE, departed_at TIMESTAMP WITH TIME ZONE)
      RETURNS VOID LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        UPDATE meeting_history h SET left_at = GREATEST(departed_at, arrived_at)
        WHERE h.room_id = wanted_room_id AND h.user_id = caller AND h.joined_at = arrived_at;
        UPDATE room_participants p SET left_at = GREATEST(departed_at, arrived_at)
        WHERE p.room_id = wanted_room_id AND p.user_id = caller AND p.joined_at = arrived_at;
      END;
      $$`,
  },
  {
    signature: 'find_open_stays(timestamp with time zone, uuid, uuid, uuid, integer)',
    isForApi: true,
    comment:
      'Cleaning up: stays that began before a moment and go on, in the order of room, user and id, after the given one; all-zero ids for the first page',
    create: `
      CREATE FUNCTION find_open_stays(
        began_before TIMESTAMP WITH TIME ZONE,
        after_room_id UUID, after_user_id UUID, after_id UUID, max_results INTEGER)
      RETURNS TABLE (id UUID, room_id UUID, user_id UUID)
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT h.id, h.room_id, h.user_id FROM meeting_history h
        WHERE h.left_at IS NULL AND h.joined_at < began_before
          AND (h.room_id, h.user_id, h.id) > (after_room_id, after_user_id, after_id)
        ORDER BY h.room_id, h.user_id, h.id
        LIMIT max_results
      $$`,
  },
  {
    signature: 'close_stays(uuid[], timestamp with time zone)',
    isForApi: true,
    comment: 'Cleaning up: closes stays whose server died; returns how many were open',
    create: `
      CREATE FUNCTION close_stays(stay_ids UUID[], departed_at TIMESTAMP WITH TIME ZONE)
      RETURNS INTEGER LANGUAGE sql ${DEFINER} AS $$
        WITH closed AS (
          UPDATE meeting_history h SET left_at = GREATEST(departed_at, h.joined_at)
          WHERE h.id = ANY (stay_ids) AND h.left_at IS NULL
          RETURNING h.room_id, h.user_id, h.joined_at, h.left_at
        ), gone AS (
          UPDATE room_participants p SET left_at = closed.left_at
          FROM closed
          WHERE p.room_id = closed.room_id AND p.user_id = closed.user_id
            AND p.joined_at = closed.joined_at AND p.left_at IS NULL
        )
        SELECT COUNT(*)::INTEGER FROM closed
      $$`,
  },
];
