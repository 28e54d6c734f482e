/**
 * The clients of a benchmark, in a process of their own so that their CPU time is
 * not the server's. Talks to its parent as {@link LoadClients} describes.
 */
import type { RtpParameters, Subscription, TransportInfo } from '@balai/protocol';
import { connectRtcClient } from '../../../server/test/rtc/rtc-client.ts';
import { readRtp } from '../../../server/test/rtc/rtp-packet.ts';
import { connectRtpPipe, type RtpPipe } from '../../../server/test/rtc/rtp-pipe.ts';
import { readTransportSequence, TransportFeedback, writeRemb } from './feedback.ts';
import type { Answer, Order, Orders } from './load-clients.ts';

const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
/** As often as Chromium reports on a line of some Mbit/s. */
const TRANSPORT_CC_INTERVAL_MS = 100;
const REMB_INTERVAL_MS = 1_000;
/** More than any benchmark sends to one. */
const REMB_BITRATE = 10_000_000;
/** Bytes of a packet of the best layer: the size tells the layers apart. */
const TOP_LAYER_BYTES = 1_000;

const connecting = new Map<string, PromiseWithResolvers<void>>();
const received = { packets: 0, bytes: 0, top: 0 };
const closers: (() => void)[] = [];

const orders: { readonly [K in Order['type']]: (order: Extract<Order, { type: K }>) => unknown } = {
  subscribe: async ({ transport, subscriptions }) => {
    const feedback = feedbackOf(subscriptions);
    const pipe = await openPipe(transport, (packet) => {
      const rtp = readRtp(packet);
      if (rtp === undefined) return;
      feedback.add(packet);
      if (rtp.payloadBytes === 0) return;
      received.packets += 1;
      received.bytes += packet.length;
      if (rtp.payloadBytes >= TOP_LAYER_BYTES) received.top += 1;
    });
    feedback.begin(pipe);
    return null;
  },
  publish: async ({ transport, routerCapabilities, tracks }) => {
    const client = await connectRtcClient({
      sendTransport: transport,
      receiveTransport: null,
      routerCapabilities,
      connectTransport: (transportId, dtlsParameters) =>
        ask({ type: 'connectTransport', transportId, dtlsParameters }),
    });
    closers.push(() => client.close());
    const senders = tracks.map(({ type, options }) => client.createTrack(type, options));
    for (const { kind, rtpParameters } of senders) {
      await ask({ type: 'publish', transportId: transport.transportId, kind, rtpParameters });
    }
    for (const sender of senders) client.start(sender);
    return null;
  },
  connected: ({ key }) => {
    connecting.get(key)?.resolve();
    connecting.delete(key);
    return null;
  },
  count: () => ({ ...received, cpuUs: totalCpu() }),
  close: () => {
    for (const close of closers) close();
    process.disconnect();
    return null;
  },
};

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  const run = orders[order.type] as (order: Order) => unknown;
  Promise.resolve(run(order)).then(
    (result) => answer({ type: 'done', id, result }),
    (error: unknown) => answer({ type: 'failed', id, message: String(error) }),
  );
});

function answer(message: Answer): void {
  if (process.connected) process.send?.(message);
}

let nextKey = 0;

/** Has the parent do something with the media plane. */
function ask(request: Orders): Promise<void> {
  const key = String(nextKey);
  nextKey += 1;
  const asked = Promise.withResolvers<void>();
  connecting.set(key, asked);
  answer({ type: 'ask', key, request });
  return asked.promise;
}

async function openPipe(
  transport: TransportInfo,
  onPacket: (packet: Buffer) => void,
): Promise<RtpPipe> {
  const pipe = await connectRtpPipe({
    transport,
    onPacket,
    connectTransport: (dtlsParameters) =>
      ask({ type: 'connectTransport', transportId: transport.transportId, dtlsParameters }),
  });
  closers.push(() => pipe.close());
  return pipe;
}

interface Feedback {
  readonly add: (packet: Buffer) => void;
  readonly begin: (pipe: RtpPipe) => void;
}

/** Reports as a browser does: transport-cc where it was negotiated, else REMB, else nothing. */
function feedbackOf(subscriptions: readonly Subscription[]): Feedback {
  const parameters = subscriptions.map(({ rtpParameters }) => rtpParameters);
  const ssrcs = parameters
    .filter((one) => speaks(one, 'goog-remb'))
    .flatMap(({ encodings }) => encodings.flatMap(({ ssrc }) => ssrc ?? []));
  const numbered = parameters.find((one) => speaks(one, 'transport-cc'));
  const extension = numbered?.headerExtensions.find(({ uri }) => uri === TRANSPORT_CC);
  const report = new TransportFeedback(1, numbered?.encodings[0]?.ssrc ?? 1);
  const every = (ms: number, write: () => Buffer | undefined) => (pipe: RtpPipe) => {
    const timer = setInterval(() => {
      const packet = write();
      if (packet !== undefined) pipe.send(packet);
    }, ms);
    closers.push(() => clearInterval(timer));
  };
  if (extension !== undefined) {
    return {
      add: (packet) => {
        const sequence = readTransportSequence(packet, extension.id);
        if (sequence !== undefined) report.add(sequence, performance.now() * 1_000);
      },
      begin: every(TRANSPORT_CC_INTERVAL_MS, () => report.write()),
    };
  }
  return {
    add: () => undefined,
    begin:
      ssrcs.length > 0
        ? every(REMB_INTERVAL_MS, () => writeRemb(1, ssrcs, REMB_BITRATE))
        : () => undefined,
  };
}

function speaks({ codecs }: RtpParameters, feedback: string): boolean {
  return codecs.some(({ rtcpFeedback = [] }) => rtcpFeedback.some(({ type }) => type === feedback));
}

function totalCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
