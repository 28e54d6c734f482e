import type { Identity, RoomId, RtpCapabilities } from '@balai/protocol';
import type { Express } from 'express';
import { createHttpApp } from '../edge/http/http-app.ts';
import { createAccessTokens } from '../features/accounts/access-tokens.ts';
import { createAccounts } from '../features/accounts/accounts.ts';
import { type AccountRoutesDependencies, accountRoutes } from '../features/accounts/routes.ts';
import { createSignInLimits } from '../features/accounts/sign-in-limits.ts';
import { type HealthDependencies, healthRoutes } from '../features/health/routes.ts';
import { createJoining, type Joining } from '../features/joining/joining.ts';
import { createPasswordLimits } from '../features/joining/password-limits.ts';
import type { RoomTokens } from '../features/joining/room-tokens.ts';
import { joiningRoutes } from '../features/joining/routes.ts';
import type { Rooms } from '../features/rooms/rooms.ts';
import { roomRoutes } from '../features/rooms/routes.ts';
import { AppError } from '../kernel/app-error.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Route, RouteLimit } from '../kernel/route.ts';
import type { SigningKey } from '../store/files/signing-key.ts';
import type { Database } from '../store/postgres/postgres.ts';
import { createRateLimit, type RateLimit } from '../store/redis/rate-limit.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { Config } from './config.ts';

/** What the REST API is made of. */
export interface RestApiParts {
  readonly config: Pick<Config, 'publicUrl' | 'trustProxy' | 'corsOrigins' | 'iceServers' | 'turn'>;
  readonly database: Database;
  readonly redis: RedisStore;
  readonly signingKey: SigningKey;
  readonly rooms: Rooms;
  readonly roomTokens: RoomTokens;
  readonly hasSeat: (roomId: RoomId, identity: Identity, maxUsers: number) => Promise<boolean>;
  readonly getRouterCapabilities: () => RtpCapabilities;
  readonly countWorkers: () => Promise<number>;
  /** Whether the server stops: it then takes no new joins. */
  readonly isDraining: () => boolean;
  /** Folder of the built web app. */
  readonly webRoot: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Builds the features that are reached over HTTP, and the app that serves them. */
export async function createRestApi(parts: RestApiParts): Promise<Express> {
  const { config, database, redis, signingKey, rooms, roomTokens, isDraining, clock, logger } =
    parts;
  const accessTokens = createAccessTokens(signingKey, clock);
  const accounts = await createAccounts({
    database,
    limits: createSignInLimits(redis),
    accessTokens,
    clock,
    logger,
  });
  const joining = createJoining({
    database,
    getRoom: rooms.get,
    getUser: accounts.getUser,
    hasSeat: parts.hasSeat,
    getRouterCapabilities: parts.getRouterCapabilities,
    isDraining,
    tokens: roomTokens,
    limits: createPasswordLimits(redis),
    ice: { servers: config.iceServers, turn: config.turn, clock },
  });
  const health: HealthDependencies = {
    checks: {
      database: database.ping,
      redis: redis.ping,
      workers: () => requireWorker(parts.countWorkers),
    },
    isDraining,
    logger,
  };
  return createHttpApp({
    routes: restRoutes({ accounts, publicJwks: [signingKey.publicJwk], rooms, joining, ...health }),
    verifyAccessToken: accessTokens.verify,
    verifyRoomToken: roomTokens.verify,
    useLimit: createRouteLimits(redis),
    publicUrl: config.publicUrl,
    trustProxy: config.trustProxy,
    corsOrigins: config.corsOrigins,
    webRoot: parts.webRoot,
    logger,
  });
}

/** What the routes of the REST API call. */
export interface RestFeatures extends AccountRoutesDependencies, HealthDependencies {
  readonly rooms: Rooms;
  readonly joining: Joining;
}

/** Every route of the REST API. Nothing is called before a request comes. */
export function restRoutes(features: RestFeatures): Route[] {
  return [
    ...accountRoutes(features),
    ...roomRoutes(features.rooms),
    ...joiningRoutes(features.joining),
    ...healthRoutes(features),
  ];
}

async function requireWorker(countWorkers: () => Promise<number>): Promise<void> {
  if ((await countWorkers()) === 0) {
    throw new AppError('media_unavailable');
  }
}

/** One limit for each name, however many routes share it. */
function createRouteLimits(
  redis: RedisStore,
): (limit: RouteLimit, subject: string) => Promise<void> {
  const limits = new Map<string, RateLimit>();
  return async ({ name, requests, windowMs }, subject) => {
    const limit = limits.get(name) ?? createRateLimit(redis, { name, points: requests, windowMs });
    limits.set(name, limit);
    await limit.use(subject);
  };
}
