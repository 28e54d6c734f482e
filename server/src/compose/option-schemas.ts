import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseRedisUrl } from '../store/redis/redis-url.ts';

/*
 * Readers of environment variables: text in, value out. Their messages complete
 * the sentence "NAME …" and never repeat the value, which may be a secret.
 */

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
const CIDR = /^(.+)\/(\d{1,3})$/;
const PROXY_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A URL of one of these protocols, as it was given. */
export function urlOf(...protocols: readonly string[]) {
  return z.string().refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && protocols.includes(url.protocol);
    },
    `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );
}

/** A URL of Redis: one server, the sentinels of one, or nodes of a cluster. */
export const redisUrl = z
  .string()
  .refine(
    (value) => parseRedisUrl(value) !== undefined,
    'must be redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/NAME or redis+cluster://HOST:PORT,HOST:PORT, or the same with rediss',
  );

/** An http or https origin, without path; a slash at the end is forgiven. */
export const origin = z.string().transform((value, context) => {
  const url = URL.parse(value);
  const isOrigin =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '';
  if (!isOrigin) {
    context.addIssue('must be an origin such as https://meet.example.org, without a path');
    return z.NEVER;
  }
  return url.origin;
});

/** What a browser might run, were it opened there. */
const OFFICE_TYPE = /^application\/vnd\.openxmlformats-officedocument\./;
const ACTIVE_TYPE = /html|xml|svg|script|wasm|shockwave|x-httpd|multipart/;

/** A media type without parameters, in lower case, of nothing that runs in a browser. */
export const mediaType = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9][\w.+-]*\/[a-z0-9][\w.+-]*$/, 'must be media types such as image/png')
  .refine(
    (type) => !ACTIVE_TYPE.test(type) || OFFICE_TYPE.test(type),
    'must not have types that run in browsers, such as text/html and image/svg+xml',
  );

/** Texts between commas, without the blanks around them; at least one. */
export function listOf<T>(item: z.ZodType<T, string>) {
  return z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));
}

/** An IP address or a host name, without port. */
export const hostOrAddress = z
  .string()
  .refine(
    (value) => isIP(value) !== 0 || (HOST_NAME.test(value) && !/^[\d.]+$/.test(value)),
    'must be an IP address or a host name, without a port',
  );

/** An e-mail address, alone or as `Name <address>`; one line, so that it can hold no other header. */
export const mailbox = z
  .string()
  .regex(
    /^([^<>\r\n]+ )?<?[^\s@<>]+@[^\s@<>]+>?$/,
    'must be an e-mail address, or a name and an address between < and >',
  );

/** A file that this process may run. */
export const executableFile = z.string().refine(isExecutable, 'must name an executable file');

/** Number of proxies before the server, or the addresses and networks that they come from. */
export const trustedProxies = z.string().transform((value, context) => {
  if (/^\d{1,2}$/.test(value)) {
    return Number(value);
  }
  const ranges = value.split(',').map((part) => part.trim());
  if (!ranges.every(isProxyRange)) {
    context.addIssue(
      'must be a number of proxies, or addresses, networks (10.0.0.0/8), loopback, linklocal or uniquelocal between commas',
    );
    return z.NEVER;
  }
  return ranges;
});

/** A STUN or TURN URL (RFC 7064, RFC 7065). */
export const iceUrl = z
  .string()
  .regex(
    /^(stun|stuns|turn|turns):[^\s?,]+(\?transport=(udp|tcp))?$/,
    'must hold URLs that begin with stun:, stuns:, turn: or turns:',
  );

const iceServer = z.strictObject({
  urls: z.union([iceUrl.transform((url) => [url]), z.array(iceUrl).min(1)]),
  username: z.string().exactOptional(),
  credential: z.string().exactOptional(),
});

/** ICE servers as a browser's `RTCIceServer` list, in JSON. */
export const iceServers = z.string().transform((value, context) => {
  const servers = z.array(iceServer).safeParse(parseJson(value));
  if (!servers.success) {
    context.addIssue(
      'must be a JSON array of ICE servers: [{"urls":["turn:…"],"username":"…","credential":"…"}]',
    );
    return z.NEVER;
  }
  return servers.data;
});

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isProxyRange(range: string): boolean {
  if (PROXY_RANGES.has(range) || isIP(range) !== 0) {
    return true;
  }
  const [, address = '', bits = ''] = CIDR.exec(range) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

/** @returns undefined for what is not JSON: no schema takes it. */
function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
