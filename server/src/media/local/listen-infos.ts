import { isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { types } from 'mediasoup';

/**
 * Bytes asked for the socket that all transports of a worker share. Bursts of
 * key frames overflow the usual 208 KiB; the kernel grants at most its
 * `net.core.rmem_max` and `wmem_max`.
 */
const UDP_BUFFER_BYTES = 4 * 1024 * 1024;

export interface ListenParams {
  /** Port for UDP and TCP; 0 lets the worker find free ones. */
  readonly port: number;
  /** Address or host name that clients are told instead of the one listened on. */
  readonly announcedAddress?: string | undefined;
  /**
   * IP addresses to listen on. Default: every address with `announcedAddress`,
   * else those of {@link reachableAddresses}.
   */
  readonly listenAddresses?: readonly string[] | undefined;
  /** As `os.networkInterfaces()` gives it. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
}

/** Where a worker listens: each address with UDP first, then TCP, for networks that block UDP. */
export function listenInfos(params: ListenParams): types.TransportListenInfo[] {
  const { port, announcedAddress } = params;
  const announced = announcedAddress === undefined ? {} : { announcedAddress };
  return listenAddresses(params).flatMap((ip) => [
    {
      protocol: 'udp',
      ip,
      port,
      ...announced,
      sendBufferSize: UDP_BUFFER_BYTES,
      recvBufferSize: UDP_BUFFER_BYTES,
    },
    { protocol: 'tcp', ip, port, ...announced },
  ]);
}

function listenAddresses(params: ListenParams): readonly string[] {
  if (params.listenAddresses !== undefined) return params.listenAddresses;
  if (params.announcedAddress === undefined) return reachableAddresses(params.interfaces);
  return [isIPv6(params.announcedAddress) ? '::' : '0.0.0.0'];
}

/**
 * The addresses at which browsers can reach this machine: those of its networks,
 * IPv4 first, and 127.0.0.1. A browser on the same machine uses either. Where
 * there is no network at all, Chromium needs the switch
 * `--allow-loopback-in-peer-connection` to make a connection.
 * Link-local IPv6 is left out: such an address means nothing without the name
 * of an interface, and a candidate cannot carry one.
 */
export function reachableAddresses(interfaces: ListenParams['interfaces']): readonly string[] {
  const external = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter((info) => !info.internal && !(info.family === 'IPv6' && isLinkLocal(info.address)));
  const ofFamily = (family: 'IPv4' | 'IPv6') =>
    external.filter((info) => info.family === family).map((info) => info.address);
  return [...new Set([...ofFamily('IPv4'), ...ofFamily('IPv6'), '127.0.0.1'])];
}

/** fe80::/10, RFC 4291. */
function isLinkLocal(address: string): boolean {
  const firstGroup = Number.parseInt(address.split(':', 1)[0] ?? '', 16);
  return (firstGroup & 0xffc0) === 0xfe80;
}
