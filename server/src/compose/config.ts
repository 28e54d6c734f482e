import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { IceServer } from '@balai/protocol';
import type { z } from 'zod';
import type { LogLevel } from '../kernel/logger.ts';
import { PLACEMENT_LIMITS, type PlacementLimits } from '../media/placement/place-load.ts';
import type { MetricsConfig } from './metrics-options.ts';
import { type ClusterConfig, type NodeConfig, readClusterConfig } from './node-config.ts';
import { OPTIONS, type OptionName, type OptionValues } from './options.ts';

/** How mails leave: through a mail server, into the log, or not at all. */
export type MailConfig =
  | { readonly way: 'smtp'; readonly url: string; readonly from: string }
  | { readonly way: 'log' }
  | { readonly way: 'none' };

/** The configuration, read and checked. What each value is for stands in `options.ts`. */
export interface Config extends ClusterConfig {
  readonly databaseUrl: string | undefined;
  /** Undefined lets the server make the role. */
  readonly databaseApiUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  /** Undefined listens on every address. */
  readonly host: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined takes the machine's own. */
  readonly announcedAddress: string | undefined;
  /** First media port; 0 takes any free ones. */
  readonly rtcPort: number;
  readonly workerCount: number;
  /** From which loads on workers are spared, and closed. */
  readonly placementLimits: PlacementLimits;
  /** Undefined leaves the choice to mediasoup. */
  readonly workerBin: string | undefined;
  /** Milliseconds between runs of the cleaning jobs. */
  readonly cleanupIntervalMs: number;
  /** How long guests are kept after they were last seen, in milliseconds. Undefined for ever. */
  readonly guestsKeptMs: number | undefined;
  /** Milliseconds between searches for abandoned stays. */
  readonly attendanceIntervalMs: number;
  /** Undefined for never. */
  readonly maintenanceIntervalMs: number | undefined;
  readonly reindexTables: readonly string[];
  readonly publicUrl: string | undefined;
  /** Size of a file in the chat. */
  readonly fileMaxBytes: number;
  /** Media types of files in the chat, in lower case. */
  readonly fileTypes: readonly string[];
  readonly mail: MailConfig;
  /** Who may make projects. */
  readonly projectCreators: 'everybody' | 'admins';
  /** Whether keys of applications are read from this machine too. */
  readonly allowsLoopbackKeys: boolean;
  /** Number of proxies, or where they come from. */
  readonly trustProxy: number | readonly string[];
  /** What an address may have of sockets that are nobody's yet. */
  readonly handshakes: { readonly perMinute: number; readonly atOnce: number };
  readonly corsOrigins: '*' | readonly string[];
  readonly iceServers: readonly IceServer[];
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | undefined;
  readonly metrics: MetricsConfig;
  readonly logLevel: LogLevel;
}

/** What the server itself runs with: it starts no database of its own. */
export interface ServerConfig extends Config {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** What a media node runs with. */
export interface MediaNodeConfig extends Config {
  readonly node: NodeConfig;
}

/** A configuration, or everything that is wrong with it. */
export type Parsed<C extends Config> =
  | { readonly ok: true; readonly config: C }
  | { readonly ok: false; readonly faults: string[] };

/**
 * Reads the configuration. Starts nothing and writes nothing; looks at the file
 * system only to see whether the worker can be run.
 *
 * @returns every fault at once, each as `NAME what is wrong`, without the value.
 */
export function parseConfig(env: NodeJS.ProcessEnv): Parsed<Config> {
  const faults: string[] = [];
  const values = readOptions(env, faults);
  const workerCount = values.BALAI_WORKERS ?? availableParallelism();
  const rtcPort = values.BALAI_RTC_PORT ?? 0;
  if (rtcPort !== 0 && rtcPort + workerCount - 1 > 65_535) {
    faults.push(`BALAI_RTC_PORT must leave a port up to 65535 for each of ${workerCount} workers`);
  }
  if (
    values.BALAI_DATABASE_API_URL !== undefined &&
    readVariable(env, 'DATABASE_URL') === undefined
  ) {
    faults.push('BALAI_DATABASE_API_URL needs DATABASE_URL beside it: both name one database');
  }
  const placementLimits = readLimits(values, faults);
  const turn = pairTurn(values, faults);
  const mail = chooseMail(values, faults);
  const cluster = readClusterConfig(values, faults);
  if (faults.length > 0) {
    return { ok: false, faults };
  }
  // No fault was found, so every value was read.
  const read = values as OptionValues;
  return {
    ok: true,
    config: {
      ...cluster,
      databaseUrl: read.DATABASE_URL,
      databaseApiUrl: read.BALAI_DATABASE_API_URL,
      redisUrl: read.REDIS_URL,
      port: read.PORT,
      host: read.BALAI_HOST,
      dataDir: resolve(read.BALAI_DATA_DIR),
      announcedAddress: read.BALAI_ANNOUNCED_ADDRESS,
      rtcPort,
      workerCount,
      placementLimits,
      workerBin: read.MEDIASOUP_WORKER_BIN,
      cleanupIntervalMs: read.BALAI_CLEANUP_INTERVAL_S * 1_000,
      guestsKeptMs: read.BALAI_GUEST_RETENTION_DAYS * 86_400_000 || undefined,
      attendanceIntervalMs: read.BALAI_ATTENDANCE_INTERVAL_S * 1_000,
      maintenanceIntervalMs: read.BALAI_MAINTENANCE_INTERVAL_H * 3_600_000 || undefined,
      reindexTables: read.BALAI_REINDEX_TABLES,
      publicUrl: read.BALAI_PUBLIC_URL,
      fileMaxBytes: read.BALAI_FILE_MAX_BYTES,
      fileTypes: read.BALAI_FILE_TYPES,
      mail,
      projectCreators: read.BALAI_PROJECT_CREATORS,
      allowsLoopbackKeys: read.BALAI_JWKS_LOOPBACK,
      trustProxy: read.BALAI_TRUST_PROXY,
      handshakes: {
        perMinute: read.BALAI_HANDSHAKES_PER_MINUTE,
        atOnce: read.BALAI_HANDSHAKES_AT_ONCE,
      },
      corsOrigins: read.BALAI_CORS_ORIGINS,
      iceServers: read.BALAI_ICE_SERVERS,
      turn,
      metrics: {
        port: read.BALAI_METRICS_PORT,
        host: read.BALAI_METRICS_HOST,
        token: read.BALAI_METRICS_TOKEN,
      },
      logLevel: read.BALAI_LOG_LEVEL,
    },
  };
}

/** As `parseConfig`, for the server: both stores must be named. */
export function parseServerConfig(env: NodeJS.ProcessEnv): Parsed<ServerConfig> {
  const missing = (['DATABASE_URL', 'REDIS_URL'] as const)
    .filter((name) => readVariable(env, name) === undefined)
    .map((name) => `${name} is required (npm start sets it)`);
  const parsed = parseConfig(env);
  if (!parsed.ok) {
    return { ok: false, faults: [...missing, ...parsed.faults] };
  }
  const { databaseUrl, redisUrl } = parsed.config;
  if (databaseUrl === undefined || redisUrl === undefined) {
    return { ok: false, faults: missing };
  }
  return { ok: true, config: { ...parsed.config, databaseUrl, redisUrl } };
}

/** As `parseConfig`, for a media node, whatever role the environment names. */
export function parseMediaNodeConfig(env: NodeJS.ProcessEnv): Parsed<MediaNodeConfig> {
  const parsed = parseConfig({ ...env, BALAI_ROLE: 'media' });
  if (!parsed.ok) return parsed;
  const { node } = parsed.config;
  if (node === undefined) throw new Error('a media node without its configuration has no fault');
  return { ok: true, config: { ...parsed.config, node } };
}

/** An empty variable is an absent one: compose files pass `${NAME:-}`. */
function readVariable(env: NodeJS.ProcessEnv, name: OptionName): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function readOptions(env: NodeJS.ProcessEnv, faults: string[]): Partial<OptionValues> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const schema: z.ZodType = OPTIONS[name].schema;
    const result = schema.safeParse(readVariable(env, name));
    if (result.success) {
      values[name] = result.data;
    } else {
      const reasons = new Set(
        result.error.issues.map((issue) => schema.description ?? issue.message),
      );
      faults.push(...[...reasons].map((reason) => `${name} ${reason}`));
    }
  }
  return values as Partial<OptionValues>;
}

function chooseMail(values: Partial<OptionValues>, faults: string[]): MailConfig {
  const { BALAI_SMTP_URL: url, BALAI_MAIL_FROM: from, BALAI_MAIL_LOG: isLogged } = values;
  if (url === undefined) {
    return { way: isLogged === true ? 'log' : 'none' };
  }
  if (isLogged === true) {
    faults.push('BALAI_MAIL_LOG must be no where BALAI_SMTP_URL is set');
  }
  if (values.BALAI_PUBLIC_URL === undefined) {
    faults.push(
      'BALAI_PUBLIC_URL is required where BALAI_SMTP_URL is set: links in mails lead there',
    );
  }
  if (from === undefined) {
    if (!faults.some((fault) => fault.startsWith('BALAI_MAIL_FROM'))) {
      faults.push('BALAI_MAIL_FROM is required where BALAI_SMTP_URL is set');
    }
    return { way: 'none' };
  }
  return { way: 'smtp', url, from };
}

/** As shares of a core. A busy worker is one until it is well below what made it busy. */
function readLimits(values: Partial<OptionValues>, faults: string[]): PlacementLimits {
  const { spillAt, returnAt, fullAt } = PLACEMENT_LIMITS;
  const spillPercent = values.BALAI_WORKER_SPILL_PERCENT ?? spillAt * 100;
  const fullPercent = values.BALAI_WORKER_FULL_PERCENT ?? fullAt * 100;
  if (spillPercent >= fullPercent) {
    faults.push('BALAI_WORKER_SPILL_PERCENT must be below BALAI_WORKER_FULL_PERCENT');
  }
  const returnPercent = (spillPercent * returnAt) / spillAt;
  return {
    spillAt: spillPercent / 100,
    returnAt: returnPercent / 100,
    fullAt: fullPercent / 100,
  };
}

function pairTurn(values: Partial<OptionValues>, faults: string[]): Config['turn'] {
  const { BALAI_TURN_URLS: urls, BALAI_TURN_SECRET: secret } = values;
  if (urls !== undefined && secret !== undefined) {
    return { urls, secret };
  }
  if (urls !== undefined) {
    faults.push('BALAI_TURN_SECRET is required where BALAI_TURN_URLS is set');
  }
  if (secret !== undefined && !faults.some((fault) => fault.startsWith('BALAI_TURN_URLS'))) {
    faults.push('BALAI_TURN_URLS is required where BALAI_TURN_SECRET is set');
  }
  return undefined;
}
