import { DEFINER, type SqlFunction } from './sql-function.ts';

/** What is done on a schedule, for everybody. */
export const HOUSEKEEPING_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'clean_expired_sessions()',
    isForApi: true,
    comment: 'Deletes expired and revoked sessions; returns how many',
    create: `
      CREATE FUNCTION clean_expired_sessions() RETURNS INTEGER
      LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        deleted_count INTEGER;
      BEGIN
        DELETE FROM user_sessions s WHERE s.expires_at < NOW() OR s.is_revoked;
        GET DIAGNOSTICS deleted_count = ROW_COUNT;
        RETURN deleted_count;
      END;
      $$`,
  },
  {
    signature: 'clean_guests(interval, timestamp with time zone, uuid, integer)',
    isForApi: true,
    comment:
      'Looks at so many guests after a place in their order, and deletes those who have been nowhere for this long. Who wrote messages stays, as their author. Returns how many were deleted, and the place of the last one when there may be more',
    create: `
      CREATE FUNCTION clean_guests(
        unseen_for INTERVAL, after_created_at TIMESTAMP WITH TIME ZONE, after_id UUID,
        max_guests INTEGER)
      RETURNS TABLE (deleted_count INTEGER, last_created_at TEXT, last_id UUID)
      LANGUAGE sql ${DEFINER} AS $$
        WITH looked_at AS MATERIALIZED (
          SELECT u.id, u.created_at FROM users u
          WHERE u.kind = 'guest' AND u.created_at < NOW() - unseen_for
            AND (after_created_at IS NULL
              OR (u.created_at, u.id) > (after_created_at, after_id))
          ORDER BY u.created_at, u.id
          LIMIT max_guests
        ), gone AS (
          DELETE FROM users u USING looked_at
          WHERE u.id = looked_at.id
            AND NOT EXISTS (SELECT FROM room_messages m WHERE m.user_id = u.id)
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
  },
  {
    signature: 'create_due_reminders(interval)',
    isForApi: true,
    comment:
      'Reminds hosts, participants and the invited of every meeting that starts within this time, once; returns what is new',
    create: `
      CREATE FUNCTION create_due_reminders(lead INTERVAL)
      RETURNS TABLE (
        id UUID, user_id UUID, title VARCHAR, message TEXT, room_id UUID,
        due_at TIMESTAMP WITH TIME ZONE, created_at TIMESTAMP WITH TIME ZONE)
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO notifications AS n (user_id, type, title, message, room_id, due_at)
        SELECT people.user_id, 'meeting_reminder', r.name,
               'The meeting starts at '
                 || to_char(r.scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC.',
               r.id, r.scheduled_at
        FROM rooms r
        CROSS JOIN LATERAL (
          SELECT r.host_id AS user_id
          UNION
          SELECT p.user_id FROM room_participants p WHERE p.room_id = r.id
          UNION
          SELECT i.user_id FROM notifications i
          WHERE i.room_id = r.id AND i.type = 'room_invitation'
        ) people
        JOIN users u ON u.id = people.user_id AND u.kind <> 'guest' AND u.status = 'active'
        WHERE r.status = 'active' AND r.scheduled_at > NOW() AND r.scheduled_at <= NOW() + lead
        ON CONFLICT (user_id, room_id, due_at) WHERE type = 'meeting_reminder' DO NOTHING
        RETURNING n.id, n.user_id, n.title, n.message, n.room_id, n.due_at, n.created_at
      $$`,
  },
];
