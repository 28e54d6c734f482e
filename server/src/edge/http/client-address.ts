import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import type { Express } from 'express';

/** The address in its own form: IPv4 without the IPv6 coat, IPv6 without a zone. */
export function normalizeAddress(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIPv4(plain) || isIPv6(plain) ? plain : '0.0.0.0';
}

/**
 * Whom a rate limit counts. Whoever has an IPv6 address has a whole /64 network of
 * them, so that is what counts.
 */
export function toNetwork(address: string): string {
  if (!isIPv6(address)) {
    return address;
  }
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(gap).fill('0'), ...after];
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}

/**
 * Whom a rate limit counts for a request that does not go through the app, as that of a
 * WebSocket: past the same proxies as for all others.
 */
export function networkOf(app: Express, request: IncomingMessage): string {
  const isTrusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const path = [request.socket.remoteAddress ?? '', ...forwarded.toReversed()]
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const last = path.findIndex(
    (address, hop) => hop === path.length - 1 || !isTrusted(address, hop),
  );
  return toNetwork(normalizeAddress(path[last]));
}

/** An IPv4 tail stands for two groups. */
function groupsOf(text: string): string[] {
  return text
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
