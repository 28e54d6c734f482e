import type { AddedPolicy } from './policies.ts';

/**
 * Rows of the current user's own project; all of them for administrators. Each
 * subquery is evaluated once for a statement, if at all. The first one comes
 * first because the functions of the schema run as the owner: their look at
 * users must not ask for the project, which is a look at users.
 */
export const IN_PROJECT = `
  (SELECT pg_has_role(current_user, 'app_admin', 'USAGE'))
  OR project_id IS NOT DISTINCT FROM (SELECT current_project_id())
  OR (SELECT current_user_is_admin())`;

/** Of tables whose rows name another user: nobody reaches into another project. */
export const SAME_PROJECT_POLICIES: readonly AddedPolicy[] = [
  {
    table: 'user_contacts',
    name: 'user_contacts_project',
    command: 'INSERT',
    check: 'is_of_current_project(contact_id)',
    isRestrictive: true,
  },
  {
    table: 'notifications',
    name: 'notification_project',
    command: 'INSERT',
    check: 'is_of_current_project(user_id) OR (SELECT current_user_is_admin())',
    isRestrictive: true,
  },
];
