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
