import type { RtpCapabilities, TransportInfo } from '@balai/protocol';
import { Device, FakeHandler, testFakeParameters } from 'mediasoup-client';

/** What a router can take, as mediasoup-client's own tests have it. */
export function routerCapabilities(): RtpCapabilities {
  return testFakeParameters.generateRouterRtpCapabilities() as RtpCapabilities;
}

/** mediasoup-client as it is, on the handler that it brings along for tests: no browser needed. */
export async function fakeDevice(): Promise<Device> {
  return new Device({ handlerFactory: FakeHandler.createFactory(testFakeParameters) });
}

/** Devices that show their handlers, so that a test can say what ICE does. */
export function observedDevices(): {
  readonly makeDevice: () => Promise<Device>;
  readonly handlers: FakeHandler[];
} {
  const handlers: FakeHandler[] = [];
  const plain = FakeHandler.createFactory(testFakeParameters);
  const handlerFactory: typeof plain = {
    ...plain,
    factory: (options) => {
      const handler = plain.factory(options);
      if (handler instanceof FakeHandler) handlers.push(handler);
      return handler;
    },
  };
  return { makeDevice: async () => new Device({ handlerFactory }), handlers };
}

/** A transport as the server describes it, with one address over UDP and one over TCP. */
export function fakeTransportInfo(transportId = 'transport-1'): TransportInfo {
  const candidate = {
    foundation: 'one',
    priority: 1_078_862_079,
    address: '127.0.0.1',
    port: 40_000,
    type: 'host',
  } as const;
  return {
    transportId,
    iceParameters: { usernameFragment: 'fragment', password: 'password', iceLite: true },
    iceCandidates: [
      { ...candidate, protocol: 'udp' },
      { ...candidate, foundation: 'two', protocol: 'tcp', tcpType: 'passive' },
    ],
    dtlsParameters: {
      role: 'auto',
      fingerprints: [{ algorithm: 'sha-256', value: 'A9:F4:E0:D2:74:D3:0F:D9' }],
    },
    sctpParameters: { port: 5_000, maxSendMessageSize: 65_536, maxReceiveMessageSize: 65_536 },
  };
}
