import { randomUUID } from 'node:crypto';
import type { TransportInfo } from '@balai/protocol';

/** A transport to nowhere. */
export function fakeTransport(): TransportInfo {
  return {
    transportId: randomUUID(),
    iceParameters: { usernameFragment: 'fake', password: 'fake', iceLite: true },
    iceCandidates: [
      {
        foundation: 'udpcandidate',
        priority: 1,
        address: '192.0.2.1',
        protocol: 'udp',
        port: 40_000,
        type: 'host',
      },
    ],
    dtlsParameters: { fingerprints: [] },
    sctpParameters: { port: 5_000, maxSendMessageSize: 65_536, maxReceiveMessageSize: 65_536 },
  };
}
