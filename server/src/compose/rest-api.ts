import type { RequestListener } from 'node:http';
import type { Identity, RoomId, RtpCapabilities } from '@balai/protocol';
import type { Express } from 'express';
import { createHttpApp } from '../edge/http/http-app.ts';
import { createConnectionChecks } from '../features/connection-check/connection-checks.ts';
import { connectionCheckRoutes } from '../features/connection-check/routes.ts';
import { healthRoutes } from '../features/health/routes.ts';
import { createIdempotency } from '../features/idempotency/idempotency.ts';
import { createJoining } from '../features/joining/joining.ts';
import { createPasswordLimits } from '../features/joining/password-limits.ts';
import type { RoomTokens } from '../features/joining/room-tokens.ts';
import { joiningRoutes } from '../features/joining/routes.ts';
import type { KeyTokens } from '../features/projects/key-tokens.ts';
import { AppError } from '../kernel/app-error.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Route } from '../kernel/route.ts';
import type { Database } from '../store/postgres/database.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { AccountParts } from './account-parts.ts';
import type { Config } from './config.ts';
import type { MeetingParts } from './meeting-parts.ts';
import type { RequestLimits } from './request-limits.ts';
import type { TokenParts } from './token-parts.ts';

/** What the REST API is made of. */
export interface RestApiParts {
  readonly config: Pick<Config, 'publicUrl' | 'trustProxy' | 'corsOrigins' | 'iceServers' | 'turn'>;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly accounts: AccountParts;
  /** Of room tokens. */
  readonly tokens: TokenParts;
  readonly keyTokens: Pick<KeyTokens, 'verifyServiceToken'>;
  readonly projectRoutes: readonly Route[];
  readonly limits: RequestLimits;
  readonly meetings: Pick<MeetingParts, 'rooms' | 'routes' | 'door'>;
  readonly roomTokens: RoomTokens;
  readonly hasSeat: (roomId: RoomId, identity: Identity, maxUsers: number) => Promise<boolean>;
  readonly getRouterCapabilities: () => RtpCapabilities;
  readonly countWorkers: () => Promise<number>;
  /** Whether the server stops: it then takes no new joins. */
  readonly isDraining: () => boolean;
  /** Folder of the built web app. */
  readonly webRoot: string;
  readonly metrics?: Metrics;
  /** Absent: there is none on this port. */
  readonly metricsPage?: RequestListener | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Builds the features that are reached over HTTP, and the app that serves them. */
export async function createRestApi(parts: RestApiParts): Promise<Express> {
  const {
    config,
    database,
    redis,
    accounts,
    tokens,
    limits,
    meetings,
    roomTokens,
    isDraining,
    clock,
    logger,
  } = parts;
  const { rooms } = meetings;
  const joining = createJoining({
    database,
    getRoom: rooms.get,
    findPasswordHash: rooms.findPasswordHash,
    findRole: rooms.findRole,
    findRules: meetings.door.rules.find,
    assertAdmissible: meetings.door.door.assertAdmissible,
    getName: accounts.getName,
    hasSeat: parts.hasSeat,
    getRouterCapabilities: parts.getRouterCapabilities,
    isDraining,
    tokens: roomTokens,
    limits: createPasswordLimits(redis),
    ice: { servers: config.iceServers, turn: config.turn, clock },
  });
  const checks = createConnectionChecks({
    describe: joining.describe,
    tokens: roomTokens,
    isDraining,
    clock,
  });
  const health = healthRoutes({
    checks: {
      database: database.ping,
      redis: redis.ping,
      workers: () => requireWorker(parts.countWorkers),
    },
    isDraining,
    logger,
  });
  return createHttpApp({
    routes: [
      ...accounts.routes,
      ...tokens.routes,
      ...meetings.routes,
      ...parts.projectRoutes,
      ...joiningRoutes(joining),
      ...connectionCheckRoutes(checks),
      ...health,
    ],
    verifyAccessToken: accounts.verifyAccessToken,
    verifyRoomToken: tokens.verifyRoomToken,
    verifyServiceToken: parts.keyTokens.verifyServiceToken,
    requireAdmin: accounts.requireAdmin,
    idempotency: createIdempotency(database, logger),
    useLimit: limits.useLimit,
    useUserLimit: limits.useUserLimit,
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    corsOrigins: config.corsOrigins,
    webRoot: parts.webRoot,
    metricsPage: parts.metricsPage,
    ...(parts.metrics && { metrics: parts.metrics }),
    logger,
  });
}

async function requireWorker(countWorkers: () => Promise<number>): Promise<void> {
  if ((await countWorkers()) === 0) {
    throw new AppError('media_unavailable');
  }
}
