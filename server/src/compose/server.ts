import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { networkOf } from '../edge/http/client-address.ts';
import { createHandshakeLimits } from '../edge/signalling/handshake-limits.ts';
import { createIoServer } from '../edge/signalling/io-server.ts';
import { createSignalling } from '../edge/signalling/signalling.ts';
import { createCleaningJobs } from '../features/housekeeping/cleaning-jobs.ts';
import { Housekeeping, type Job } from '../features/housekeeping/housekeeping.ts';
import { createMaintenanceJob } from '../features/housekeeping/maintenance-job.ts';
import { createTurns } from '../features/housekeeping/turns.ts';
import { createRoomTokens } from '../features/joining/room-tokens.ts';
import { createKeyTokens } from '../features/projects/key-tokens.ts';
import { AbandonedStays } from '../features/sessions/abandoned-stays.ts';
import { createAttendance } from '../features/sessions/attendance.ts';
import { createSeats } from '../features/sessions/seats.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { withDeadline } from '../kernel/deadline.ts';
import type { Logger } from '../kernel/logger.ts';
import { createLocalMediaPlane } from '../media/local/local-media-plane.ts';
import { createDiskStorage } from '../store/files/file-storage.ts';
import { loadPassword } from '../store/files/key-file.ts';
import { loadKeyRing } from '../store/files/key-ring.ts';
import { createSecrets } from '../store/files/secrets.ts';
import { loadSigningKey } from '../store/files/signing-key.ts';
import { createDatabase } from '../store/postgres/database.ts';
import { prepareDatabase } from '../store/postgres/migrate.ts';
import { connectRedis } from '../store/redis/redis.ts';
import { createAccountParts } from './account-parts.ts';
import type { ServerConfig } from './config.ts';
import { createHttpServer } from './http-server.ts';
import { createMailer } from './mailer.ts';
import { createMeetingParts } from './meeting-parts.ts';
import { createProjectRoutes } from './project-parts.ts';
import { createRequestLimits } from './request-limits.ts';
import { createRestApi } from './rest-api.ts';
import { createTokenParts } from './token-parts.ts';

const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Longest wait for one part. Together they stay below 10 s. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A server that takes requests. */
export interface RunningServer {
  /** Where people open it. */
  readonly url: string;
  /**
   * Stops gracefully: no new joins, goodbye to every socket, then HTTP, workers
   * and stores. Every step has a deadline; in all it takes less than 10 s. Idempotent.
   */
  close(): Promise<void>;
}

/** The name of a part, for the log, and what closes it. */
type Closer = readonly [string, () => Promise<void>];

/**
 * Starts everything, in the order in which the parts need each other.
 *
 * @throws Error whose message, with that of its cause, tells people what to do.
 * What had been started by then is closed again.
 */
export async function startServer(config: ServerConfig, logger: Logger): Promise<RunningServer> {
  const opened: Closer[] = [];
  const closeAll = async (): Promise<void> => {
    for (const [part, close] of opened.splice(0).reverse()) {
      try {
        await withDeadline(close(), CLOSE_TIMEOUT_MS, part);
      } catch (error) {
        // The parts after it must be closed all the same.
        logger.error({ err: error, part }, 'a part of the server did not close');
      }
    }
  };
  try {
    return await start(config, logger, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  config: ServerConfig,
  logger: Logger,
  opened: Closer[],
  closeAll: () => Promise<void>,
): Promise<RunningServer> {
  const clock = systemClock;
  let isDraining = false;

  const signingKey = await loadSigningKey(config.dataDir);
  const apiUrl = await prepareDatabase({
    ownerUrl: config.databaseUrl,
    apiUrl: config.databaseApiUrl,
    loadApiPassword: () => loadPassword(config.dataDir, 'database-api-password'),
    logger,
  });
  const database = createDatabase(apiUrl, logger);
  opened.push(['the database', database.close]);
  const redis = await connectRedis(config.redisUrl, logger);
  opened.push(['Redis', redis.close]);
  const { workerBin, workerCount, rtcPort, announcedAddress } = config;
  const media = await createLocalMediaPlane({
    workerBin,
    workerCount,
    rtcPort,
    announcedAddress,
    logger,
  });
  opened.push(['the media plane', () => media.close()]);

  const seats = createSeats(redis);
  const limits = createRequestLimits(redis);
  const roomTokens = createRoomTokens(signingKey, clock);
  const secrets = createSecrets(await loadKeyRing(config.dataDir));
  const keyTokens = await createKeyTokens({ database, secrets, clock });
  const files = await createDiskStorage(join(config.dataDir, 'files'));
  const publicUrl = config.publicUrl ?? `http://${toUrlHost(config.host)}:${config.port}`;
  // Nothing is asked before everything is there.
  const http = createHttpServer((request, response) => app(request, response));
  const io = createIoServer(http.server, {
    limits: createHandshakeLimits(config.handshakes, clock),
    networkOf: (request) => networkOf(app, request),
  });
  const meetings = await createMeetingParts({
    database,
    redis,
    files,
    io,
    media,
    seats,
    attendance: createAttendance(database),
    upload: { maxBytes: config.fileMaxBytes, types: config.fileTypes },
    publicUrl,
    verifyAccessToken: (token) => accounts.verifyAccessToken(token),
    issueRoomToken: (ticket) => roomTokens.issue(ticket),
    putMail: (mail) => accounts.putMail(mail),
    clock,
    logger,
  });
  const accounts = await createAccountParts({
    database,
    redis,
    files,
    secrets,
    signingKey,
    roomTokens,
    mailer: createMailer(config.mail, logger),
    publicUrl,
    endRoom: meetings.rooms.end,
    sockets: meetings.sockets,
    clock,
    logger,
  });
  opened.push(['accounts', accounts.close]);
  const tokens = createTokenParts({
    database,
    redis,
    keyTokens,
    verifyOwnToken: accounts.verifyRoomToken,
    revocations: meetings.door.revocations,
    keySetAccess: { allowsLoopback: config.allowsLoopbackKeys },
    clock,
    logger,
  });
  const app = await createRestApi({
    config,
    database,
    redis,
    accounts,
    tokens,
    keyTokens,
    projectRoutes: createProjectRoutes({
      database,
      secrets,
      files,
      creators: config.projectCreators,
      requireAdmin: (userId) => accounts.requireAdmin({ userId, sessionId: null }),
      assertKeySetUrl: tokens.assertKeySetUrl,
      endRoom: meetings.rooms.end,
    }),
    limits,
    meetings,
    roomTokens,
    hasSeat: seats.hasSeat,
    getRouterCapabilities: () => media.getRouterCapabilities(),
    countWorkers: async () => (await media.getLoad()).length,
    isDraining: () => isDraining,
    webRoot: WEB_ROOT,
    clock,
    logger,
  });

  const signalling = createSignalling({
    io,
    ...meetings,
    issueRoomToken: roomTokens.issue,
    verifyRoomToken: tokens.verifyRoomToken,
    countMessages: limits.countMessages,
    clock,
    logger,
  });
  const abandonedStays = new AbandonedStays({ database, seats, clock });
  const housekeeping = new Housekeeping({
    jobs: [
      ...createCleaningJobs(database, {
        intervalMs: config.cleanupIntervalMs,
        guestsKeptMs: config.guestsKeptMs,
      }),
      ...maintenanceJobs(config, clock),
      ...meetings.jobs,
      {
        name: 'close-abandoned-stays',
        intervalMs: config.attendanceIntervalMs,
        async run() {
          const closed = await abandonedStays.close();
          return closed === 0 ? undefined : { closed };
        },
      },
    ],
    turns: createTurns(redis),
    logger,
  });
  opened.push(
    ['housekeeping', () => housekeeping.close()],
    ['HTTP', () => http.close()],
    ['signalling', () => signalling.close()],
    ['meetings', () => meetings.close()],
  );
  const port = await http.listen(config.port, config.host);

  let closing: Promise<void> | undefined;
  return {
    url: config.publicUrl ?? `http://${toUrlHost(config.host)}:${port}`,
    close() {
      isDraining = true;
      closing ??= closeAll();
      return closing;
    },
  };
}

/** None where the operator does it by other means. */
function maintenanceJobs(config: ServerConfig, clock: Clock): readonly Job[] {
  const { databaseUrl: ownerUrl, maintenanceIntervalMs: intervalMs, reindexTables } = config;
  return intervalMs === undefined
    ? []
    : [createMaintenanceJob({ ownerUrl, intervalMs, reindexTables, clock })];
}

/** A server on every address is reached on this one. */
function toUrlHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') {
    return 'localhost';
  }
  return host.includes(':') ? `[${host}]` : host;
}
