import { DEFINER, type SqlFunction } from './sql-function.ts';

/*
 * Who asks, and what they are to a room or to another person. The policies are
 * made of these. They read the tables with the owner's rights, so a policy on
 * room_participants can ask about room_participants without recursion, and each
 * answer is one look into a unique index. plpgsql keeps their plans for the
 * life of the connection.
 */

/** Who asks, and what they may see. */
export const IDENTITY_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'current_user_id()',
    isForApi: true,
    comment:
      'The user on whose behalf the transaction runs: its setting app.user_id; null where it is not set',
    create: `
      CREATE FUNCTION current_user_id() RETURNS UUID LANGUAGE sql STABLE PARALLEL SAFE
      RETURN NULLIF(current_setting('app.user_id', TRUE), '')::UUID`,
  },
  {
    signature: 'current_user_is_admin()',
    isForApi: true,
    comment: 'Whether the current user is an active administrator',
    create: `
      CREATE FUNCTION current_user_is_admin() RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        RETURN caller IS NOT NULL
          AND EXISTS (SELECT FROM users u WHERE u.id = caller AND u.is_admin AND u.status = 'active');
      END;
      $$`,
  },
  {
    // With the caller's rights: the role that asks is the question.
    signature: 'is_administrator()',
    isForApi: true,
    comment:
      'Whether everything may be shown: to an administrator, or to a role of the operator (app_admin)',
    create: `
      CREATE FUNCTION is_administrator() RETURNS BOOLEAN LANGUAGE sql STABLE PARALLEL SAFE
      RETURN pg_has_role(current_user, 'app_admin', 'USAGE') OR current_user_is_admin()`,
  },
  {
    signature: 'is_room_host(uuid)',
    isForApi: true,
    comment: 'Whether the current user is the host of the room',
    create: `
      CREATE FUNCTION is_room_host(wanted_room_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        RETURN caller IS NOT NULL
          AND EXISTS (SELECT FROM rooms r WHERE r.id = wanted_room_id AND r.host_id = caller);
      END;
      $$`,
  },
  {
    signature: 'is_room_moderator(uuid)',
    isForApi: true,
    comment: 'Whether the current user is the host or a moderator of the room',
    create: `
      CREATE FUNCTION is_room_moderator(wanted_room_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        RETURN caller IS NOT NULL AND (
          EXISTS (SELECT FROM rooms r WHERE r.id = wanted_room_id AND r.host_id = caller)
          OR EXISTS (
            SELECT FROM room_participants p
            WHERE p.room_id = wanted_room_id AND p.user_id = caller
              AND p.role IN ('host', 'moderator')));
      END;
      $$`,
  },
  {
    signature: 'is_room_member(uuid, uuid)',
    isForApi: true,
    comment: 'Whether this user is the host of the room, or is or was in it',
    create: `
      CREATE FUNCTION is_room_member(wanted_room_id UUID, wanted_user_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      BEGIN
        RETURN wanted_user_id IS NOT NULL AND (
          EXISTS (
            SELECT FROM room_participants p
            WHERE p.room_id = wanted_room_id AND p.user_id = wanted_user_id)
          OR EXISTS (
            SELECT FROM rooms r WHERE r.id = wanted_room_id AND r.host_id = wanted_user_id));
      END;
      $$`,
  },
  {
    signature: 'can_see_user(uuid)',
    isForApi: true,
    comment:
      'Whether the current user may know the name and picture of this one: they are or were in one room, or the user keeps them as a contact',
    create: `
      CREATE FUNCTION can_see_user(wanted_user_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        RETURN caller IS NOT NULL AND (
          wanted_user_id = caller
          OR EXISTS (
            SELECT FROM user_contacts c WHERE c.user_id = caller AND c.contact_id = wanted_user_id)
          OR EXISTS (
            SELECT FROM room_participants mine
            JOIN room_participants theirs ON theirs.room_id = mine.room_id
            WHERE mine.user_id = caller AND theirs.user_id = wanted_user_id)
          OR EXISTS (
            SELECT FROM room_participants mine
            JOIN rooms r ON r.id = mine.room_id
            WHERE mine.user_id = caller AND r.host_id = wanted_user_id)
          OR EXISTS (
            SELECT FROM room_participants theirs
            JOIN rooms r ON r.id = theirs.room_id
            WHERE theirs.user_id = wanted_user_id AND r.host_id = caller));
      END;
      $$`,
  },
  {
    signature: 'account_of(uuid)',
    isForApi: true,
    comment:
      'What only some may know of a user: all of it the user and administrators, the email address also those who added the contact by it',
    create: `
      CREATE FUNCTION account_of(wanted_user_id UUID)
      RETURNS TABLE (
        email VARCHAR, email_verified BOOLEAN, is_admin BOOLEAN, last_login TIMESTAMP WITH TIME ZONE)
      LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 ${DEFINER} AS $$
        SELECT
          u.email,
          CASE WHEN asks.may_know_all THEN u.email_verified END,
          CASE WHEN asks.may_know_all THEN u.is_admin END,
          CASE WHEN asks.may_know_all THEN u.last_login END
        FROM users u
        CROSS JOIN LATERAL (
          SELECT
            u.id = current_user_id()
              OR pg_has_role(session_user, 'app_admin', 'USAGE')
              OR current_user_is_admin() AS may_know_all
        ) asks
        WHERE u.id = wanted_user_id AND (
          asks.may_know_all
          OR EXISTS (
            SELECT FROM user_contacts c
            WHERE c.user_id = current_user_id() AND c.contact_id = wanted_user_id AND c.by_email))
      $$`,
  },
];
