import type { AddedPolicy } from './policies.ts';

/**
 * What every restrictive policy begins with. An owner who may grant app_user is a
 * member of it, whom the policy then concerns: backups must be whole all the same
 * (they look for this very beginning), and the functions of the schema run as the
 * owner. It comes first because their look at users must not ask for the project,
 * which is a look at users.
 */
export const OPERATOR = `(SELECT pg_has_role(current_user, 'app_admin', 'USAGE'))`;

/** Rows of the current user's own project; all of them for administrators. */
export const IN_PROJECT = `${OPERATOR}
  OR project_id IS NOT DISTINCT FROM (SELECT current_project_id())
  OR (SELECT current_user_is_admin())`;

/** Of tables whose rows name another user: nobody reaches into another project. */
export const SAME_PROJECT_POLICIES: readonly AddedPolicy[] = [
  {
    table: 'user_contacts',
    name: 'user_contacts_project',
    command: 'INSERT',
    check: `${OPERATOR} OR is_of_current_project(contact_id)`,
    isRestrictive: true,
  },
  {
    table: 'notifications',
    name: 'notification_project',
    command: 'INSERT',
    check: `${OPERATOR} OR is_of_current_project(user_id) OR (SELECT current_user_is_admin())`,
    isRestrictive: true,
  },
];
