import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { listenInfos, reachableAddresses } from './listen-infos.ts';

function address(ip: string, internal = false): NetworkInterfaceInfo {
  const common = { address: ip, netmask: '', mac: '', internal, cidr: null };
  return ip.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' };
}

const loopback = [address('127.0.0.1', true), address('::1', true)];

describe('reachableAddresses', () => {
  test.each([
    ['a machine without network', { lo: loopback }, ['127.0.0.1']],
    [
      'a machine in two networks, IPv4 first',
      {
        lo: loopback,
        eth0: [address('2001:db8::5'), address('192.0.2.5')],
        wlan0: [address('198.51.100.7')],
      },
      ['192.0.2.5', '198.51.100.7', '2001:db8::5', '127.0.0.1'],
    ],
    [
      'link-local IPv6, which needs an interface name',
      { eth0: [address('192.0.2.5'), address('fe80::1'), address('febf::1')] },
      ['192.0.2.5', '127.0.0.1'],
    ],
    [
      'unique local IPv6, which is reachable in its network',
      { eth0: [address('fd00::5'), address('fec0::1')] },
      ['fd00::5', 'fec0::1', '127.0.0.1'],
    ],
    [
      'an address that two interfaces share',
      { br0: [address('192.0.2.5')], eth0: [address('192.0.2.5')], down0: undefined },
      ['192.0.2.5', '127.0.0.1'],
    ],
  ])('finds those of %s', (_name, interfaces, expected) => {
    expect(reachableAddresses(interfaces)).toEqual(expected);
  });
});

describe('listenInfos', () => {
  const interfaces = { lo: loopback, eth0: [address('192.0.2.5')] };

  function summary(params: Partial<Parameters<typeof listenInfos>[0]>): readonly string[] {
    return listenInfos({ port: 40_000, interfaces, ...params }).map(
      ({ protocol, ip, port, announcedAddress }) =>
        `${protocol} ${ip}:${port}${announcedAddress === undefined ? '' : ` as ${announcedAddress}`}`,
    );
  }

  test('listens on every own address with UDP and TCP when none is announced', () => {
    expect(summary({})).toEqual([
      'udp 192.0.2.5:40000',
      'tcp 192.0.2.5:40000',
      'udp 127.0.0.1:40000',
      'tcp 127.0.0.1:40000',
    ]);
  });

  test.each([
    ['203.0.113.9', '0.0.0.0'],
    ['media.example.org', '0.0.0.0'],
    ['2001:db8::9', '::'],
  ])('listens on all addresses and announces %s', (announcedAddress, ip) => {
    expect(summary({ announcedAddress })).toEqual([
      `udp ${ip}:40000 as ${announcedAddress}`,
      `tcp ${ip}:40000 as ${announcedAddress}`,
    ]);
  });

  test('listens only where it is told to', () => {
    expect(summary({ listenAddresses: ['127.0.0.1'], announcedAddress: '203.0.113.9' })).toEqual([
      'udp 127.0.0.1:40000 as 203.0.113.9',
      'tcp 127.0.0.1:40000 as 203.0.113.9',
    ]);
  });
});
