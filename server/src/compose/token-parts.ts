import { createApplicationTokens } from '../features/application-tokens/application-tokens.ts';
import { createDeniedTokens } from '../features/application-tokens/denied-tokens.ts';
import {
  assertKeySetUrl,
  fetchKeySet,
  type KeySetAccess,
} from '../features/application-tokens/fetch-key-set.ts';
import { createKeySets } from '../features/application-tokens/key-sets.ts';
import { isOwnRoomToken } from '../features/application-tokens/own-token.ts';
import { applicationTokenRoutes } from '../features/application-tokens/routes.ts';
import type { Revocations } from '../features/moderation/revocations.ts';
import { createExternalUsers } from '../features/projects/external-users.ts';
import type { KeyTokens } from '../features/projects/key-tokens.ts';
import { createProjectRooms } from '../features/rooms/project-rooms.ts';
import { AppError } from '../kernel/app-error.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { VerifyRoomToken } from '../kernel/room-ticket.ts';
import type { RoomTicket, Route } from '../kernel/route.ts';
import type { Database } from '../store/postgres/database.ts';
import type { RedisStore } from '../store/redis/redis.ts';

export interface TokenPartsOptions {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly keyTokens: Pick<KeyTokens, 'verifySignature'>;
  /** What one of our own room tokens allows, where the session that it came from goes on. */
  readonly verifyOwnToken: (token: string) => Promise<RoomTicket>;
  readonly revocations: Pick<Revocations, 'voids'>;
  readonly keySetAccess: KeySetAccess;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the rest of the server needs of the tokens that let people into rooms. */
export interface TokenParts {
  readonly verifyRoomToken: VerifyRoomToken;
  readonly routes: readonly Route[];
  /** Whether the keys of an application may be read there. @throws AppError `invalid_request`. */
  readonly assertKeySetUrl: (url: string) => void;
}

/** Builds the check of room tokens: ours, and those of applications. */
export function createTokenParts(options: TokenPartsOptions): TokenParts {
  const { database, redis, clock, logger } = options;
  const denied = createDeniedTokens(redis, clock);
  const applicationTokens = createApplicationTokens({
    database,
    keyTokens: options.keyTokens,
    keySets: createKeySets({
      fetchKeySet: (url) => fetchKeySet(url, options.keySetAccess),
      clock,
      logger,
    }),
    users: createExternalUsers(database),
    rooms: createProjectRooms(database),
    denied,
    clock,
  });

  /** Who was sent out of the room holds no token for it any more. */
  const assertNotRevoked = async (ticket: RoomTicket): Promise<void> => {
    if (await options.revocations.voids(ticket)) {
      throw new AppError('unauthorized', 'This person was sent out of the room: ask to join again');
    }
  };

  return {
    routes: applicationTokenRoutes(denied, clock),
    assertKeySetUrl: (url) => assertKeySetUrl(url, options.keySetAccess),
    async verifyRoomToken(token, use) {
      const isOwn = isOwnRoomToken(token);
      const ticket = isOwn
        ? await options.verifyOwnToken(token)
        : await applicationTokens.verify(token, use);
      // A stay that goes on was let in; who was sent out has none, here and everywhere.
      if (use === 'resume') {
        return ticket;
      }
      if (isOwn && ticket.projectId !== null) {
        await denied.assertNotDenied(ticket.projectId, ticket.tokenId);
      }
      if (ticket.checkEndsAt === undefined) {
        await assertNotRevoked(ticket);
      }
      return ticket;
    },
  };
}
