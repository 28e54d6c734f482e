import { DEFINER, type SqlFunction } from './sql-function.ts';

/** Projects, and who belongs to which. */
export const PROJECT_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'current_project_id()',
    isForApi: true,
    comment:
      'The project of the current user; null for accounts and guests of the server itself, and for nobody',
    create: `
      CREATE FUNCTION current_project_id() RETURNS UUID
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      BEGIN
        RETURN (SELECT u.project_id FROM users u WHERE u.id = current_user_id());
      END;
      $$`,
  },
  {
    signature: 'is_of_current_project(uuid)',
    isForApi: true,
    comment:
      'Whether this user belongs where the current user does: to the same project, or to none',
    create: `
      CREATE FUNCTION is_of_current_project(wanted_user_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      BEGIN
        RETURN EXISTS (
          SELECT FROM users u
          WHERE u.id = wanted_user_id AND u.project_id IS NOT DISTINCT FROM current_project_id());
      END;
      $$`,
  },
  {
    signature: 'is_project_owner(uuid)',
    isForApi: true,
    comment: 'Whether the current user owns the project, or is an administrator',
    create: `
      CREATE FUNCTION is_project_owner(wanted_project_id UUID) RETURNS BOOLEAN
      LANGUAGE plpgsql STABLE PARALLEL SAFE ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
      BEGIN
        RETURN caller IS NOT NULL AND (
          EXISTS (SELECT FROM projects p WHERE p.id = wanted_project_id AND p.owner_id = caller)
          OR current_user_is_admin());
      END;
      $$`,
  },
  {
    signature: 'create_project(uuid, text, text, text)',
    isForApi: true,
    comment:
      'Makes a project of the current user, with the service user that is the host of its rooms; of nobody where the owner of the database calls without a user. A taken issuer violates projects_issuer_key',
    create: `
      CREATE FUNCTION create_project(
        new_id UUID, new_name TEXT, new_jwks_url TEXT, new_issuer TEXT)
      RETURNS VOID LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        caller CONSTANT UUID := current_user_id();
        service_id CONSTANT UUID := gen_random_uuid();
      BEGIN
        IF caller IS NULL AND pg_has_role(session_user, 'app_admin', 'USAGE')
          OR EXISTS (
            SELECT FROM users u
            WHERE u.id = caller AND u.kind = 'registered' AND u.status = 'active')
        THEN
          INSERT INTO projects (id, name, owner_id, service_user_id, jwks_url, issuer)
          VALUES (new_id, new_name, caller, service_id, new_jwks_url, new_issuer);
          INSERT INTO users (id, kind, project_id, first_name, last_name)
          VALUES (service_id, 'service', new_id, left(new_name, 100), '');
        ELSE
          RAISE insufficient_privilege USING MESSAGE = 'a project needs an active account as its owner';
        END IF;
      END;
      $$`,
  },
  {
    signature: 'find_project_by_issuer(text)',
    isForApi: true,
    comment:
      'Checking a token that an application signed: the project with this issuer, unless its owner is no active user any more',
    create: `
      CREATE FUNCTION find_project_by_issuer(wanted_issuer TEXT)
      RETURNS TABLE (project_id UUID, service_user_id UUID, jwks_url TEXT)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT p.id, p.service_user_id, p.jwks_url
        FROM projects p
        LEFT JOIN users owner ON owner.id = p.owner_id
        WHERE p.issuer = wanted_issuer AND (p.owner_id IS NULL OR owner.status = 'active')
      $$`,
  },
  {
    signature: 'ensure_external_user(uuid, uuid, text, text)',
    isForApi: true,
    comment:
      'A token of the project names this person: makes sure of their row, and of their name in it; returns their status, or guest where this is the id of a guest of the project',
    create: `
      CREATE FUNCTION ensure_external_user(
        wanted_project_id UUID, wanted_id UUID, wanted_external_id TEXT, wanted_name TEXT)
      RETURNS VARCHAR LANGUAGE plpgsql ${DEFINER} AS $$
      DECLARE
        shown_name CONSTANT TEXT := left(wanted_name, 100);
        known RECORD;
      BEGIN
        SELECT u.status, u.first_name INTO known FROM users u
        WHERE u.id = wanted_id AND u.project_id = wanted_project_id
          AND u.external_id = wanted_external_id;
        IF FOUND AND known.first_name = shown_name THEN
          RETURN known.status;
        END IF;
        -- Guests are known by their id: nobody else is to be taken for one.
        IF wanted_external_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
          IF EXISTS (
            SELECT FROM users u
            WHERE u.id = wanted_external_id::uuid AND u.project_id = wanted_project_id
              AND u.kind = 'guest')
          THEN
            RETURN 'guest';
          END IF;
        END IF;
        INSERT INTO users AS u (id, kind, project_id, external_id, first_name, last_name)
        VALUES (wanted_id, 'external', wanted_project_id, wanted_external_id, shown_name, '')
        ON CONFLICT (project_id, external_id) DO UPDATE SET first_name = EXCLUDED.first_name
        RETURNING u.status INTO known;
        RETURN known.status;
      END;
      $$`,
  },
];

/** Keys with which applications sign. */
export const API_KEY_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_api_key(text)',
    isForApi: true,
    comment:
      'Checking what was signed with a key: its project, its encrypted secret, and whether touch_api_key() would change nothing. No row where the key was revoked, or where the owner of the project is no active user any more',
    create: `
      CREATE FUNCTION find_api_key(wanted_id TEXT)
      RETURNS TABLE (
        project_id UUID, service_user_id UUID, secret TEXT, scopes TEXT[],
        is_use_recorded BOOLEAN)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT p.id, p.service_user_id, k.secret, k.scopes,
               COALESCE(k.last_used_at > clock_timestamp() - INTERVAL '1 minute', FALSE)
        FROM api_keys k
        JOIN projects p ON p.id = k.project_id
        LEFT JOIN users owner ON owner.id = p.owner_id
        WHERE k.id = wanted_id AND k.revoked_at IS NULL
          AND (p.owner_id IS NULL OR owner.status = 'active')
      $$`,
  },
  {
    signature: 'touch_api_key(text)',
    isForApi: true,
    comment: 'Writes down that a key was used, once a minute at most',
    create: `
      CREATE FUNCTION touch_api_key(used_id TEXT) RETURNS VOID LANGUAGE sql ${DEFINER} AS $$
        UPDATE api_keys k SET last_used_at = clock_timestamp()
        WHERE k.id = used_id AND k.revoked_at IS NULL
          AND (k.last_used_at IS NULL
            OR k.last_used_at <= clock_timestamp() - INTERVAL '1 minute')
      $$`,
  },
];
