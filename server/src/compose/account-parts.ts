import { createAccessTokens, type TokenHolder } from '../features/accounts/access-tokens.ts';
import { createAccountMails } from '../features/accounts/account-mails.ts';
import { createAccounts } from '../features/accounts/accounts.ts';
import { createAvatars } from '../features/accounts/avatars.ts';
import { createDataExport } from '../features/accounts/data-export.ts';
import { createDeviceSessions } from '../features/accounts/device-sessions.ts';
import { createLiveSessions } from '../features/accounts/live-sessions.ts';
import { mailRoutes } from '../features/accounts/mail-routes.ts';
import { createOwnAccount } from '../features/accounts/own-account.ts';
import { createPasswordCheck } from '../features/accounts/password-check.ts';
import { createPasswordReset } from '../features/accounts/password-reset.ts';
import { createProfiles } from '../features/accounts/profiles.ts';
import { createSessionCache } from '../features/accounts/session-cache.ts';
import { createSignInLimits } from '../features/accounts/sign-in-limits.ts';
import { signInRoutes } from '../features/accounts/sign-in-routes.ts';
import { userRoutes } from '../features/accounts/user-routes.ts';
import { createAdministration } from '../features/admin/administration.ts';
import { adminRoutes } from '../features/admin/routes.ts';
import { createContacts } from '../features/contacts/contacts.ts';
import { contactRoutes } from '../features/contacts/routes.ts';
import type { RoomTokens } from '../features/joining/room-tokens.ts';
import type { Mailer } from '../features/mail/mailer.ts';
import { createOutbox, type Outbox } from '../features/mail/outbox.ts';
import { createCurrentRooms } from '../features/sessions/current-rooms.ts';
import { SEAT_LEASE_MS } from '../features/sessions/seats.ts';
import { userSettingsRoutes } from '../features/settings/routes.ts';
import { createUserSettings } from '../features/settings/user-settings.ts';
import { AppError } from '../kernel/app-error.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Caller, RoomTicket, Route } from '../kernel/route.ts';
import type { FileStorage } from '../store/files/file-storage.ts';
import type { Secrets } from '../store/files/secrets.ts';
import type { SigningKey } from '../store/files/signing-key.ts';
import type { Database } from '../store/postgres/database.ts';
import { type Channel, openChannel } from '../store/redis/channel.ts';
import type { RedisStore } from '../store/redis/redis.ts';

export interface AccountPartsOptions {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly files: FileStorage;
  readonly secrets: Secrets;
  readonly signingKey: SigningKey;
  readonly roomTokens: RoomTokens;
  readonly mailer: Mailer;
  /** Where the links in mails lead. */
  readonly publicUrl: string;
  readonly endRoom: (roomId: string, hostId: string) => Promise<unknown>;
  readonly sockets: SignedInSockets;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The open sockets of this process, of people who are signed in. */
export interface SignedInSockets {
  endSessions(sessionIds: readonly string[]): void;
  signedInSessions(): readonly TokenHolder[];
}

/** What the rest of the server needs of accounts. */
export interface AccountParts {
  readonly routes: readonly Route[];
  /** Whom an access token belongs to, whose session goes on. */
  readonly verifyAccessToken: (token: string) => Promise<Caller>;
  /** What a room token allows, where the session that it came from goes on. */
  readonly verifyRoomToken: (token: string) => Promise<RoomTicket>;
  readonly requireAdmin: (caller: Caller) => Promise<void>;
  /** The whole name of an active user. @throws AppError `unauthorized`. */
  readonly getName: (userId: string) => Promise<string>;
  /** Keeps a mail, which is sent behind the back of whoever caused it. */
  readonly putMail: Outbox['put'];
  close(): Promise<void>;
}

/** Tells every process which sessions ended. */
const ENDED_SESSIONS = 'ended_sessions';

/** Builds accounts, sessions, contacts, settings and what administrators do. */
export async function createAccountParts(options: AccountPartsOptions): Promise<AccountParts> {
  const { database, redis, roomTokens, sockets, clock, logger } = options;
  const channel = await openChannel(
    redis,
    ENDED_SESSIONS,
    {
      message: (text) => sockets.endSessions(text.split(' ')),
      restored: () => void endMissed(),
    },
    logger,
  );
  const liveSessions = createLiveSessions({
    database,
    cache: createSessionCache(redis),
    announce: (sessionIds) => announce(channel, sockets, sessionIds),
    clock,
    logger,
  });

  /** What ended while this process did not hear of it. */
  const endMissed = async (): Promise<void> => {
    for (const holder of sockets.signedInSessions()) {
      try {
        await liveSessions.assertLive(holder);
      } catch (error) {
        if (error instanceof AppError && error.code === 'unauthorized') {
          sockets.endSessions([holder.sessionId]);
        } else {
          logger.warn({ err: error }, 'a session of an open socket could not be looked up');
        }
      }
    }
  };

  const accessTokens = createAccessTokens(options.signingKey, clock);
  const profiles = createProfiles(database, redis, logger);
  const outbox = createOutbox({
    database,
    secrets: options.secrets,
    mailer: options.mailer,
    clock,
    logger,
  });
  const mails = createAccountMails(options.publicUrl);
  const avatars = createAvatars({ database, files: options.files, profiles, logger });
  const accounts = await createAccounts({
    database,
    limits: createSignInLimits(redis),
    accessTokens,
    liveSessions,
    secrets: options.secrets,
    clock,
    logger,
  });
  const ownAccount = createOwnAccount({
    database,
    liveSessions,
    profiles,
    avatars,
    checkPassword: createPasswordCheck(database, redis),
    outbox,
    mails,
    endRoom: options.endRoom,
    clock,
    logger,
  });
  const passwordReset = createPasswordReset({
    database,
    redis,
    liveSessions,
    outbox,
    mails,
    clock,
  });
  const administration = createAdministration({
    database,
    changeProfile: profiles.change,
    endSessions: liveSessions.ended,
  });
  const currentRooms = createCurrentRooms(redis, SEAT_LEASE_MS);

  return {
    routes: [
      ...signInRoutes({
        accounts,
        onRegistered: ownAccount.requestVerification,
        publicJwks: [options.signingKey.publicJwk],
      }),
      ...userRoutes({
        ownAccount,
        avatars,
        dataExport: createDataExport(database),
        sessions: createDeviceSessions(database, liveSessions, clock),
      }),
      ...mailRoutes(ownAccount, passwordReset),
      ...userSettingsRoutes(createUserSettings(database)),
      ...contactRoutes(createContacts({ database, findCurrentRooms: currentRooms.find })),
      ...adminRoutes(administration),
    ],
    verifyAccessToken: accounts.authenticate,
    async verifyRoomToken(token) {
      const ticket = await roomTokens.verify(token);
      const { identity: userId, sessionId } = ticket;
      if (sessionId !== null) {
        await liveSessions.assertLive({ userId, sessionId });
      }
      return ticket;
    },
    requireAdmin: ({ userId }) => administration.requireAdmin(userId),
    async getName(userId) {
      const profile = await profiles.find(userId);
      if (profile?.status !== 'active') {
        throw new AppError('unauthorized', 'This account is not active');
      }
      return `${profile.firstName} ${profile.lastName}`.trim();
    },
    putMail: outbox.put,
    async close() {
      await outbox.close();
      await channel.close();
    },
  };
}

/** Here at once, and elsewhere by Redis. */
async function announce(
  channel: Channel,
  sockets: SignedInSockets,
  sessionIds: readonly string[],
): Promise<void> {
  sockets.endSessions(sessionIds);
  await channel.publish(sessionIds.join(' '));
}
