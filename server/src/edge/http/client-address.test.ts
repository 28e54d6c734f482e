import type { IncomingMessage } from 'node:http';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { networkOf, normalizeAddress, toNetwork } from './client-address.ts';

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:c000:201', '::ffff:c000:201'],
    ['unix:', '0.0.0.0'],
    [undefined, '0.0.0.0'],
  ])('%s is written %s, as PostgreSQL takes it', (given, expected) => {
    expect(normalizeAddress(given)).toBe(expected);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0002::9', '2001:db8:0:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ])('%s is counted as %s', (given, expected) => {
    expect(toNetwork(given)).toBe(expected);
  });
});

test.each([
  [0, '203.0.113.9', '198.51.100.1'],
  [1, '203.0.113.9', '203.0.113.9'],
  [1, '192.0.2.66, 203.0.113.9', '203.0.113.9'],
  [2, '192.0.2.66, 203.0.113.9', '192.0.2.66'],
  [['198.51.100.0/24'], '192.0.2.66, 203.0.113.9', '203.0.113.9'],
  [1, undefined, '198.51.100.1'],
])(
  'a socket comes from where the app says, behind %j proxies with %j',
  (trust, header, expected) => {
    const app = express();
    app.set('trust proxy', trust);
    const request = {
      headers: { 'x-forwarded-for': header },
      socket: { remoteAddress: '198.51.100.1' },
    } as unknown as IncomingMessage;
    expect(networkOf(app, request)).toBe(expected);
    const seen = Object.create(app.request, {
      app: { value: app },
      headers: { value: request.headers },
      socket: { value: request.socket },
      connection: { value: request.socket },
    }) as express.Request;
    expect(toNetwork(normalizeAddress(seen.ip))).toBe(expected);
  },
);
