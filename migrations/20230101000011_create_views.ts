import type { Knex } from 'knex';

/*
 * With security_invoker a view shows what its caller may see, no more. Figures
 * that would be wrong for who sees only a part of the rows are shown to those
 * who see all of them: that is what the last conditions are for.
 */

/** Answers that are asked for often. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE VIEW active_rooms WITH (security_invoker = true) AS
    SELECT
      r.id,
      r.name,
      r.description,
      r.host_id,
      u.first_name || ' ' || u.last_name AS host_name,
      r.max_users,
      r.created_at,
      r.scheduled_at,
      (
        SELECT COUNT(*) FROM room_participants rp WHERE rp.room_id = r.id AND rp.left_at IS NULL
      ) AS current_participants
    FROM rooms r
    LEFT JOIN users u ON u.id = r.host_id
    WHERE r.status = 'active';

    COMMENT ON VIEW active_rooms IS 'View showing active rooms with participant count';

    CREATE VIEW user_contacts_view WITH (security_invoker = true) AS
    SELECT
      uc.id,
      uc.user_id,
      uc.contact_id,
      u.first_name || ' ' || u.last_name AS contact_name,
      account.email AS contact_email,
      u.avatar AS contact_avatar,
      u.status AS contact_status,
      uc.created_at
    FROM user_contacts uc
    JOIN users u ON u.id = uc.contact_id
    LEFT JOIN LATERAL account_of(u.id) account ON TRUE
    WHERE u.status != 'deleted';

    COMMENT ON VIEW user_contacts_view IS 'View showing user contacts with contact details';

    CREATE VIEW meeting_statistics WITH (security_invoker = true) AS
    SELECT
      r.id AS room_id,
      r.name AS room_name,
      r.host_id,
      u.first_name || ' ' || u.last_name AS host_name,
      stays.total_participants,
      stays.total_participations,
      stays.avg_duration_seconds,
      stays.meeting_start,
      stays.meeting_end,
      r.created_at AS room_created_at,
      r.ended_at AS room_ended_at
    FROM rooms r
    LEFT JOIN users u ON u.id = r.host_id
    CROSS JOIN LATERAL (
      SELECT
        COUNT(DISTINCT mh.user_id) AS total_participants,
        COUNT(*) AS total_participations,
        AVG(EXTRACT(EPOCH FROM mh.duration)) AS avg_duration_seconds,
        MIN(mh.joined_at) AS meeting_start,
        MAX(mh.left_at) AS meeting_end
      FROM meeting_history mh WHERE mh.room_id = r.id
    ) stays
    WHERE r.status = 'ended' AND (is_room_moderator(r.id) OR is_administrator());

    COMMENT ON VIEW meeting_statistics IS 'View showing meeting statistics';

    CREATE VIEW user_activity WITH (security_invoker = true) AS
    SELECT
      u.id AS user_id,
      u.first_name || ' ' || u.last_name AS user_name,
      account.email,
      (SELECT COUNT(*) FROM rooms r WHERE r.host_id = u.id) AS rooms_created,
      (SELECT COUNT(*) FROM room_participants rp WHERE rp.user_id = u.id) AS rooms_joined,
      stays.meeting_participations,
      stays.total_meeting_seconds,
      account.last_login,
      u.created_at
    FROM users u
    LEFT JOIN LATERAL account_of(u.id) account ON TRUE
    CROSS JOIN LATERAL (
      SELECT
        COUNT(*) AS meeting_participations,
        COALESCE(SUM(EXTRACT(EPOCH FROM mh.duration)), 0) AS total_meeting_seconds
      FROM meeting_history mh WHERE mh.user_id = u.id
    ) stays
    WHERE u.status != 'deleted' AND (u.id = current_user_id() OR is_administrator());

    COMMENT ON VIEW user_activity IS 'View showing user activity statistics';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    DROP VIEW user_activity;
    DROP VIEW meeting_statistics;
    DROP VIEW user_contacts_view;
    DROP VIEW active_rooms;
  `);
}
