import { describe, expect, test } from 'vitest';
import { normalizeAddress, toNetwork } from './client-address.ts';

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
