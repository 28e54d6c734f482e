import { AppError } from '../../kernel/app-error.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import { userIdOf } from './user-id.ts';

/** The people whom applications vouch for. */
export interface ExternalUsers {
  /**
   * The user behind an identity, who is added where there is none yet, and is called so
   * from now on.
   *
   * @throws AppError `unauthorized` for somebody who is not active, and for the id of a guest of
   * the project; `unavailable`.
   */
  add(projectId: string, identity: string, name: string): Promise<UserId>;
}

export function createExternalUsers(database: Database): ExternalUsers {
  return {
    async add(projectId, identity, name) {
      const userId = userIdOf(projectId, identity);
      const [row] = await database.call<{ readonly ensure_external_user: string }>(
        'ensure_external_user',
        [projectId, userId, identity, name],
      );
      if (row?.ensure_external_user !== 'active') {
        throw new AppError('unauthorized', 'This person is not active');
      }
      return userId;
    },
  };
}
