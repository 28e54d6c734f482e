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
import type { Logger } from '../kernel/logger.ts';
import { readWorkers } from '../metrics/media-reader.ts';
import { readMeetings } from '../metrics/meeting-reader.ts';
import { metricsPage } from '../metrics/metrics-page.ts';
import { createPrometheusMetrics } from '../metrics/prometheus-metrics.ts';
import { createDiskStorage } from '../store/files/file-storage.ts';
import { loadPassword } from '../store/files/key-file.ts';
import { loadKeyRing } from '../store/files/key-ring.ts';
import { createSecrets } from '../store/files/secrets.ts';
import { loadSigningKey } from '../store/files/signing-key.ts';
import { createDatabase } from '../store/postgres/database.ts';
import { prepareDatabase } from '../store/postgres/migrate.ts';
import { measureRedis } from '../store/redis/measured-redis.ts';
import { connectRedis } from '../store/redis/redis.ts';
import { createAccountParts } from './account-parts.ts';
import type { ServerConfig } from './config.ts';
import { createHttpServer } from './http-server.ts';
import { createMailer } from './mailer.ts';
import { createMeetingParts } from './meeting-parts.ts';
import { openMetricsPort } from './metrics-server.ts';
import { createOwnNode } from './own-node.ts';
import { createProjectRoutes } from './project-parts.ts';
import { createRequestLimits } from './request-limits.ts';
import { createRestApi } from './rest-api.ts';
import { type Closer, type RunningServer, startInOrder, toUrlHost } from './running-server.ts';
import { openServerMedia } from './server-media.ts';
import { createTokenParts } from './token-parts.ts';

const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/**
 * Starts everything, in the order in which the parts need each other. A stop refuses new
 * joins, says goodbye to every socket, and then closes HTTP, workers and stores.
 *
 * @throws Error whose message, with that of its cause, tells people what to do.
 * What had been started by then is closed again.
 */
export async function startServer(config: ServerConfig, logger: Logger): Promise<RunningServer> {
  let isDraining = false;
  const running = await startInOrder(logger, (opened) =>
    start(config, logger, opened, () => isDraining),
  );
  return {
    url: running.url,
    close() {
      isDraining = true;
      return running.close();
    },
  };
}

async function start(
  config: ServerConfig,
  logger: Logger,
  opened: Closer[],
  isDraining: () => boolean,
): Promise<string> {
  const clock = systemClock;
  const metrics = createPrometheusMetrics(logger);
  const { token: metricsToken } = config.metrics;
  const own = createOwnNode({ config, port: () => port, isStopping: isDraining, logger });

  const signingKey = await loadSigningKey(config.dataDir);
  const apiUrl = await prepareDatabase({
    ownerUrl: config.databaseUrl,
    apiUrl: config.databaseApiUrl,
    loadApiPassword: () => loadPassword(config.dataDir, 'database-api-password'),
    logger,
  });
  const database = createDatabase(apiUrl, logger, metrics);
  opened.push(['the database', database.close]);
  const redis = measureRedis(await connectRedis(config.redisUrl, logger), metrics);
  opened.push(['Redis', redis.close]);
  // Nothing is asked before everything is there.
  const http = createHttpServer((request, response) => app(request, response));
  const serverMedia = await openServerMedia({
    config,
    mainServer: http.server,
    redis,
    own,
    metrics,
    logger,
    opened,
  });
  const { media } = serverMedia;

  const seats = createSeats(redis);
  const limits = createRequestLimits(redis);
  const roomTokens = createRoomTokens(signingKey, clock);
  const secrets = createSecrets(await loadKeyRing(config.dataDir));
  const keyTokens = await createKeyTokens({ database, secrets, clock });
  const files = await createDiskStorage(join(config.dataDir, 'files'));
  const publicUrl = config.publicUrl ?? `http://${toUrlHost(config.host)}:${config.port}`;
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
    openNodes: serverMedia.openNodes,
    onNodes: serverMedia.onNodes,
    metrics,
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
    isDraining,
    webRoot: WEB_ROOT,
    metrics,
    metricsPage: metricsToken === undefined ? undefined : metricsPage(metrics, metricsToken),
    clock,
    logger,
  });

  const signalling = createSignalling({
    io,
    ...meetings,
    issueRoomToken: roomTokens.issue,
    verifyRoomToken: tokens.verifyRoomToken,
    countMessages: limits.countMessages,
    metrics,
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
  metrics.read((tell) => tell('balai_info', { role: config.role }, 1));
  const { workers } = serverMedia;
  if (workers !== undefined) {
    readWorkers(metrics, {
      getLoad: () => workers.getLoad(),
      workerCount: config.workerCount,
      isDraining: own.isDraining,
    });
  }
  readMeetings(metrics, {
    sessions: meetings.sessions,
    media,
    countNodes: serverMedia.countNodes,
    countConnections: () => io.engine.clientsCount,
  });
  opened.push(['the metrics', await openMetricsPort(config.metrics, metrics)]);
  const port = await http.listen(config.port, config.host);
  serverMedia.begin();
  return config.publicUrl ?? `http://${toUrlHost(config.host)}:${port}`;
}

/** None where the operator does it by other means. */
function maintenanceJobs(config: ServerConfig, clock: Clock): readonly Job[] {
  const { databaseUrl: ownerUrl, maintenanceIntervalMs: intervalMs, reindexTables } = config;
  return intervalMs === undefined
    ? []
    : [createMaintenanceJob({ ownerUrl, intervalMs, reindexTables, clock })];
}
