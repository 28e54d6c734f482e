/** Where one server of Redis, or a sentinel, listens. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** Who Balai is to Redis; what is absent is not sent. */
export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
}

/** What a `REDIS_URL` says. */
export type RedisAddress =
  /** One server; the client reads the URL itself. */
  | { readonly kind: 'single'; readonly url: string; readonly keyPrefix: string }
  /** One server and its replicas, whose sentinels say which of them leads now. */
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisHost[];
      /** What the sentinels call it. */
      readonly name: string;
      readonly db: number;
      readonly isTls: boolean;
      readonly login: RedisLogin;
      readonly sentinelLogin: RedisLogin;
      readonly keyPrefix: string;
    }
  /** Several servers that share the keys. Some are named; they know the others. */
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly RedisHost[];
      readonly isTls: boolean;
      readonly login: RedisLogin;
      readonly keyPrefix: string;
    };

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;

/** Scheme, name and password, hosts, path, query. Of several hosts `URL` would read none. */
const SEVERAL_HOSTS =
  /^(redis|rediss)\+(sentinel|cluster):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

/** What a query may say. Anything else is a typing error, and none may go unnoticed. */
const SENTINEL_QUERY = ['db', 'keyPrefix', 'sentinelUsername', 'sentinelPassword'];
const CLUSTER_QUERY = ['keyPrefix'];

/**
 * Reads a `REDIS_URL`. Names and passwords in it are percent-encoded.
 *
 * - `redis://…`, `rediss://…` (TLS): one server; the query may have options of ioredis
 * - `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME`: hosts are the sentinels',
 *   the login is that of the servers; `?sentinelUsername=` and `sentinelPassword=` are for
 *   the sentinels, `db=` is a number
 * - `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT`: a few of its nodes are enough
 *
 * All take `?keyPrefix=`; `rediss+…` speaks TLS with all of them.
 *
 * @returns undefined for anything else.
 */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:')) {
    return { kind: 'single', url: text, keyPrefix: url.searchParams.get('keyPrefix') ?? '' };
  }
  const [, scheme, kind, user = '', hosts = '', path = '', query = ''] =
    SEVERAL_HOSTS.exec(text) ?? [];
  if (scheme === undefined) {
    return undefined;
  }
  try {
    const said = readQuery(query, kind === 'sentinel' ? SENTINEL_QUERY : CLUSTER_QUERY);
    const common = {
      isTls: scheme === 'rediss',
      login: readLogin(...splitOnce(user)),
      keyPrefix: said.get('keyPrefix') ?? '',
    };
    if (kind === 'cluster') {
      return path === '' ? { kind, nodes: readHosts(hosts, REDIS_PORT), ...common } : undefined;
    }
    const db = said.get('db') ?? '0';
    if (!/^[^/]+$/.test(path) || !/^\d{1,4}$/.test(db)) {
      return undefined;
    }
    return {
      kind: 'sentinel',
      sentinels: readHosts(hosts, SENTINEL_PORT),
      name: decodeURIComponent(path),
      db: Number(db),
      sentinelLogin: readLogin(
        encodeURIComponent(said.get('sentinelUsername') ?? ''),
        encodeURIComponent(said.get('sentinelPassword') ?? ''),
      ),
      ...common,
    };
  } catch (error) {
    if (error instanceof RedisUrlFault || error instanceof URIError) {
      return undefined;
    }
    throw error;
  }
}

class RedisUrlFault extends Error {}

function readHosts(text: string, defaultPort: number): RedisHost[] {
  return text.split(',').map((part) => {
    const url = URL.parse(`redis://${part}`);
    if (url === null || url.hostname === '' || part !== part.trim()) {
      throw new RedisUrlFault();
    }
    return {
      // Brackets are the URL's, not the address's.
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? defaultPort : Number(url.port),
    };
  });
}

function readLogin(username: string, password: string): RedisLogin {
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  };
}

function readQuery(text: string, names: readonly string[]): ReadonlyMap<string, string> {
  const said = new Map(new URLSearchParams(text));
  if ([...said.keys()].some((name) => !names.includes(name))) {
    throw new RedisUrlFault();
  }
  return said;
}

function splitOnce(text: string): [before: string, after: string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
