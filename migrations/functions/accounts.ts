import { DEFINER, type SqlFunction } from './sql-function.ts';

/** Signing in and the life of an account, where there is no user yet to act as. */
export const ACCOUNT_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_credentials(text)',
    isForApi: true,
    comment: 'Signing in: the active account with this email address, with its password hash',
    create: `
      CREATE FUNCTION find_credentials(wanted_email TEXT)
      RETURNS TABLE (id UUID, password VARCHAR)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT u.id, u.password FROM users u
        WHERE u.email = wanted_email AND u.kind = 'registered' AND u.status = 'active'
      $$`,
  },
  {
    signature: 'find_own_password()',
    isForApi: true,
    comment: 'Changing the password: the present hash of the current user',
    create: `
      CREATE FUNCTION find_own_password() RETURNS VARCHAR LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT u.password FROM users u
        WHERE u.id = current_user_id() AND u.kind = 'registered' AND u.status = 'active'
      $$`,
  },
  {
    signature: 'replace_own_password(text)',
    isForApi: true,
    comment: 'Gives the current user another password hash. A reset token that is out is void',
    create: `
      CREATE FUNCTION replace_own_password(new_password TEXT) RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        UPDATE users u
        SET password = new_password, password_reset_token = NULL, password_reset_expires_at = NULL
        WHERE u.id = current_user_id() AND u.kind = 'registered' AND u.status = 'active'
      $$`,
  },
  {
    signature: 'find_session_user(text)',
    isForApi: true,
    comment: 'Refreshing: whose session has this token family (its SHA-256)',
    create: `
      CREATE FUNCTION find_session_user(wanted_family TEXT) RETURNS UUID
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT s.user_id FROM user_sessions s WHERE s.family = wanted_family
      $$`,
  },
  {
    signature: 'change_own_email(text)',
    isForApi: true,
    comment:
      'Gives the current user another email address, which is not verified. Tokens that were mailed to the old one are void. A taken one violates users_email_key',
    create: `
      CREATE FUNCTION change_own_email(new_email TEXT) RETURNS BOOLEAN
      LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        UPDATE users u
        SET email = new_email, email_verified = FALSE,
            email_verification_token = NULL, email_verification_expires_at = NULL,
            password_reset_token = NULL, password_reset_expires_at = NULL
        WHERE u.id = current_user_id() AND u.kind = 'registered' AND u.status = 'active'
          AND u.email <> new_email;
        RETURN FOUND;
      END;
      $$`,
  },
  {
    signature: 'begin_email_verification(text, timestamp with time zone)',
    isForApi: true,
    comment:
      'Puts a verification token (its SHA-256) out for the current user; returns the address to send it to, or null where there is nothing to verify',
    create: `
      CREATE FUNCTION begin_email_verification(token_hash TEXT, expires_at TIMESTAMP WITH TIME ZONE)
      RETURNS VARCHAR LANGUAGE sql ${DEFINER} AS $$
        UPDATE users u
        SET email_verification_token = token_hash, email_verification_expires_at = expires_at
        WHERE u.id = current_user_id() AND u.kind = 'registered' AND u.status = 'active'
          AND NOT u.email_verified
        RETURNING u.email
      $$`,
  },
  {
    signature: 'verify_email(text)',
    isForApi: true,
    comment:
      'Spends a verification token (its SHA-256); returns whose address is verified, or null for a token that is unknown or too old',
    create: `
      CREATE FUNCTION verify_email(token_hash TEXT) RETURNS UUID LANGUAGE sql ${DEFINER} AS $$
        UPDATE users u
        SET email_verified = TRUE,
            email_verification_token = NULL, email_verification_expires_at = NULL
        WHERE u.email_verification_token = token_hash AND u.email_verification_expires_at > NOW()
          AND u.status = 'active'
        RETURNING u.id
      $$`,
  },
  {
    signature: 'begin_password_reset(text, text, timestamp with time zone)',
    isForApi: true,
    comment:
      'Puts a reset token (its SHA-256) out for the active account with this email address; returns whom to write to, or no row',
    create: `
      CREATE FUNCTION begin_password_reset(
        wanted_email TEXT, token_hash TEXT, expires_at TIMESTAMP WITH TIME ZONE)
      RETURNS TABLE (id UUID, first_name VARCHAR)
      LANGUAGE sql ROWS 1 ${DEFINER} AS $$
        UPDATE users u
        SET password_reset_token = token_hash, password_reset_expires_at = expires_at
        WHERE u.email = wanted_email AND u.kind = 'registered' AND u.status = 'active'
        RETURNING u.id, u.first_name
      $$`,
  },
  {
    signature: 'reset_password(text, text)',
    isForApi: true,
    comment:
      'Spends a reset token (its SHA-256): sets the password hash, verifies the address it was sent to and revokes every session; returns whose, or null for a token that is unknown or too old',
    create: `
      CREATE FUNCTION reset_password(token_hash TEXT, new_password TEXT) RETURNS UUID
      LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        found_id UUID;
      BEGIN
        UPDATE users u
        SET password = new_password, email_verified = TRUE,
            password_reset_token = NULL, password_reset_expires_at = NULL
        WHERE u.password_reset_token = token_hash AND u.password_reset_expires_at > NOW()
          AND u.status = 'active'
        RETURNING u.id INTO found_id;
        UPDATE user_sessions s SET is_revoked = TRUE WHERE s.user_id = found_id;
        RETURN found_id;
      END;
      $$`,
  },
  {
    signature: 'soft_delete_user(uuid)',
    isForApi: true,
    comment:
      'Marks a user as deleted and revokes their sessions; false where there is no such user. For the user and for administrators',
    create: `
      CREATE FUNCTION soft_delete_user(user_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        IF soft_delete_user.user_id IS DISTINCT FROM current_user_id()
          AND NOT current_user_is_admin()
          AND NOT pg_has_role(session_user, 'app_admin', 'USAGE')
        THEN
          RAISE insufficient_privilege USING MESSAGE = 'only the user or an administrator may delete a user';
        END IF;
        UPDATE users u
        SET status = 'deleted', is_admin = FALSE,
            email_verification_token = NULL, email_verification_expires_at = NULL,
            password_reset_token = NULL, password_reset_expires_at = NULL
        WHERE u.id = soft_delete_user.user_id AND u.status <> 'deleted';
        IF NOT FOUND THEN
          RETURN FALSE;
        END IF;
        UPDATE user_sessions s SET is_revoked = TRUE WHERE s.user_id = soft_delete_user.user_id;
        RETURN TRUE;
      END;
      $$`,
  },
  {
    signature: 'set_user_status(uuid, text)',
    isForApi: true,
    comment:
      'Makes a user active, inactive or banned; anything but active revokes their sessions. False where there is no such user. For administrators',
    create: `
      CREATE FUNCTION set_user_status(wanted_user_id UUID, new_status TEXT) RETURNS BOOLEAN
      LANGUAGE plpgsql ${DEFINER} AS $$
      BEGIN
        IF NOT current_user_is_admin() AND NOT pg_has_role(session_user, 'app_admin', 'USAGE') THEN
          RAISE insufficient_privilege USING MESSAGE = 'only an administrator may set the status of a user';
        END IF;
        IF new_status NOT IN ('active', 'inactive', 'banned') THEN
          RAISE check_violation USING MESSAGE = 'a user is deleted by soft_delete_user';
        END IF;
        UPDATE users u SET status = new_status
        WHERE u.id = wanted_user_id AND u.status <> 'deleted';
        IF NOT FOUND THEN
          RETURN FALSE;
        END IF;
        IF new_status <> 'active' THEN
          UPDATE user_sessions s SET is_revoked = TRUE WHERE s.user_id = wanted_user_id;
        END IF;
        RETURN TRUE;
      END;
      $$`,
  },
  {
    signature: 'find_users(text)',
    isForApi: true,
    comment:
      'The users with this email address, or whose full or last name begins so, whatever their status; no guests. For administrators; none for everybody else',
    create: `
      CREATE FUNCTION find_users(wanted TEXT) RETURNS SETOF UUID
      LANGUAGE sql STABLE ${DEFINER} AS $$
        -- Through indexes, which row security keeps from being used: such conditions
        -- might tell of rows that the user may not see.
        SELECT u.id FROM users u
        CROSS JOIN LATERAL (SELECT lower(trim(wanted)) AS text) typed
        WHERE current_user_is_admin() AND typed.text <> '' AND u.kind <> 'guest'
          AND (
            u.email = typed.text
            OR lower(u.first_name || ' ' || u.last_name) ~>=~ typed.text
              AND lower(u.first_name || ' ' || u.last_name) ~<~ (typed.text || chr(1114111))
            OR lower(u.last_name) ~>=~ typed.text
              AND lower(u.last_name) ~<~ (typed.text || chr(1114111))
          )
      $$`,
  },
  {
    signature: 'search_users(text, integer)',
    isForApi: true,
    comment:
      'Looking for a contact: anybody with exactly this email address, and people whom the current user can see whose full or last name begins so',
    create: `
      CREATE FUNCTION search_users(wanted TEXT, max_results INTEGER)
      RETURNS TABLE (id UUID, first_name VARCHAR, last_name VARCHAR, avatar TEXT)
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT u.id, u.first_name, u.last_name, u.avatar
        FROM users u
        CROSS JOIN LATERAL (SELECT lower(trim(wanted)) AS text) typed
        WHERE current_user_id() IS NOT NULL AND typed.text <> ''
          AND u.kind <> 'guest' AND u.status = 'active' AND u.id <> current_user_id()
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
      'Makes the active account with this email address a contact of the current user; returns its id, or null where there is none',
    create: `
      CREATE FUNCTION add_contact_by_email(wanted_email TEXT) RETURNS UUID
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO user_contacts AS c (user_id, contact_id, by_email)
        SELECT current_user_id(), u.id, TRUE FROM users u
        WHERE u.email = wanted_email AND u.kind = 'registered' AND u.status = 'active'
          AND current_user_id() IS NOT NULL AND u.id <> current_user_id()
        ON CONFLICT (user_id, contact_id) DO UPDATE SET by_email = TRUE
        RETURNING c.contact_id
      $$`,
  },
];
