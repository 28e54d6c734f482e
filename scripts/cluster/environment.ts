import { inRoot } from '../setup/paths.ts';
import type { MemberRole } from './member.ts';
import type { Place } from './network.ts';

/** What all members of a cluster have in common. */
export type SharedSettings = {
  /** Of whoever starts the cluster: options of theirs hold for all members, where the cluster does not need them itself. */
  readonly base: NodeJS.ProcessEnv;
  readonly dataDir: string;
  readonly workerBin: string;
  readonly nodeKey: string;
  readonly metricsToken: string;
  /** As members reach them. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
};

/** Ports inside of a namespace, where nobody else is. */
const OWN_HTTP_PORT = 3_000;
const OWN_RTC_PORT = 40_000;

/** @param port It had before; undefined: a free one. */
export function controlEnvironment(
  shared: SharedSettings,
  place: Place,
  port: number | undefined,
): NodeJS.ProcessEnv {
  return {
    ...common('control', shared, place),
    PORT: String(port ?? (place.isShared ? 0 : OWN_HTTP_PORT)),
    DATABASE_URL: shared.databaseUrl,
    REDIS_URL: shared.redisUrl,
  };
}

/** @param node Its name, its number of workers, and where the control replicas are. */
export function mediaEnvironment(
  shared: SharedSettings,
  place: Place,
  node: {
    readonly name: string;
    readonly workers: number;
    readonly controlUrls: readonly string[];
  },
): NodeJS.ProcessEnv {
  const { isShared, address } = place;
  return {
    ...common('media', shared, place),
    PORT: String(isShared ? 0 : OWN_HTTP_PORT),
    BALAI_RTC_PORT: String(isShared ? 0 : OWN_RTC_PORT),
    BALAI_NODE_ID: node.name,
    BALAI_CONTROL_URLS: node.controlUrls.join(','),
    BALAI_WORKERS: String(node.workers),
    BALAI_PIPE_LISTEN_IP: address,
    ...(isShared ? {} : { BALAI_ANNOUNCED_ADDRESS: address }),
  };
}

function common(role: MemberRole, shared: SharedSettings, place: Place): NodeJS.ProcessEnv {
  const { base } = shared;
  return {
    // Several processes of the same code start at once.
    NODE_COMPILE_CACHE: inRoot('node_modules', '.cache', 'balai', 'compiled'),
    ...base,
    NODE_ENV: base['NODE_ENV'] || 'production',
    BALAI_ROLE: role,
    BALAI_HOST: place.address,
    BALAI_DATA_DIR: shared.dataDir,
    BALAI_NODE_KEY: shared.nodeKey,
    BALAI_METRICS_TOKEN: shared.metricsToken,
    MEDIASOUP_WORKER_BIN: shared.workerBin,
  };
}
