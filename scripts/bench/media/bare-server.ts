/**
 * Bare mediasoup: one worker, one router, and as little signalling as a call
 * needs, over the same wire as Balai so that the same clients can join. No
 * accounts, rooms, checks, limits or events: what is left is what the media costs.
 * Without `BENCH_TRANSPORT_CC` the estimator is off for everybody.
 */
import { createServer } from 'node:http';
import {
  type Joined,
  type ParticipantInfo,
  type PublishParams,
  SIGNALLING_PATH,
  type Subscription,
  type TrackInfo,
} from '@balai/protocol';
import { createWorker, type types } from 'mediasoup';
import { Server } from 'socket.io';
import { mediaCodecs } from '../../../server/src/media/local/codecs.ts';
import {
  capabilitiesFromWire,
  capabilitiesToWire,
  dtlsFromWire,
  parametersFromWire,
  parametersToWire,
  transportToWire,
} from '../../../server/src/media/local/rtp.ts';

const withTransportCc = process.env['BENCH_TRANSPORT_CC'] === '1';
const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
const worker = await createWorker(workerBin === undefined ? {} : { workerBin });
const webRtcServer = await worker.createWebRtcServer({
  listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
});
const router = await worker.createRouter({ mediaCodecs: mediaCodecs() });
const producers = new Set<types.Producer>();
/** What is published, by the socket that publishes it. */
const published = new Map<string, TrackInfo[]>();

const http = createServer();
const io = new Server(http, {
  path: SIGNALLING_PATH,
  transports: ['websocket'],
  serveClient: false,
});

/** What a client can receive; without transport-cc unless it was asked for. */
function capabilitiesOf(wire: Parameters<typeof capabilitiesFromWire>[0]): types.RtpCapabilities {
  const capabilities = capabilitiesFromWire(wire);
  if (withTransportCc) return capabilities;
  return {
    codecs: (capabilities.codecs ?? []).map((codec) => ({
      ...codec,
      rtcpFeedback: (codec.rtcpFeedback ?? []).filter(
        ({ type }) => type !== 'transport-cc' && type !== 'goog-remb',
      ),
    })),
    headerExtensions: (capabilities.headerExtensions ?? []).filter(
      ({ uri }) => !/transport-wide-cc|abs-send-time/.test(uri),
    ),
  };
}

/** Only who publishes is told of: to know of listeners is more than media needs. */
function participantOf(id: string, theirs: readonly TrackInfo[]): ParticipantInfo {
  const joinedAt = new Date(0).toISOString();
  return {
    participantId: id,
    identity: id,
    name: '',
    role: 'participant',
    joinedAt,
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks: [...theirs],
  };
}

io.on('connection', async (socket) => {
  const rtpCapabilities = capabilitiesOf(socket.handshake.auth['rtpCapabilities']);
  const [send, receive] = await Promise.all([
    router.createWebRtcTransport({ webRtcServer }),
    router.createWebRtcTransport({ webRtcServer }),
  ]);
  const consumers = new Map<string, types.Consumer>();
  const tracks: TrackInfo[] = [];
  const consume = async (producer: types.Producer, paused: boolean): Promise<Subscription> => {
    const consumer = await receive.consume({ producerId: producer.id, rtpCapabilities, paused });
    consumers.set(consumer.id, consumer);
    return {
      subscriptionId: consumer.id,
      trackId: producer.id,
      participantId: String(producer.appData['owner']),
      kind: consumer.kind,
      rtpParameters: parametersToWire(consumer.rtpParameters),
    };
  };
  const others = [...producers];
  socket.data['follow'] = async (producer: types.Producer) => {
    socket.emit('subscribed', { subscriptions: [await consume(producer, true)] });
  };
  socket.on('transport.connect', async ({ transportId, dtlsParameters }, reply) => {
    const transport = transportId === send.id ? send : receive;
    await transport.connect({ dtlsParameters: dtlsFromWire(dtlsParameters) });
    reply({ ok: true, result: null });
  });
  socket.on('subscriptions.start', async ({ subscriptionIds }, reply) => {
    for (const id of subscriptionIds) await consumers.get(id)?.resume();
    reply({ ok: true, result: null });
  });
  socket.on('subscriptions.update', (_params, reply) => reply({ ok: true, result: null }));
  socket.on('room.leave', (_params, reply) => reply({ ok: true, result: null }));
  socket.on('track.publish', async (params: PublishParams, reply) => {
    const { source, name, isMuted, width, height, rtpParameters } = params;
    const kind = source === 'microphone' ? 'audio' : 'video';
    const producer = await send.produce({
      kind,
      rtpParameters: parametersFromWire(rtpParameters),
      appData: { owner: socket.id },
    });
    producers.add(producer);
    const mimeType = rtpParameters.codecs[0]?.mimeType ?? '';
    const facts = { kind, source, name, isMuted, mimeType, width, height } as const;
    tracks.push({ trackId: producer.id, participantId: socket.id, ...facts });
    published.set(socket.id, tracks);
    reply({ ok: true, result: { trackId: producer.id } });
    for (const other of io.sockets.sockets.values()) {
      if (other !== socket) await other.data['follow']?.(producer);
    }
    producer.observer.once('close', () => producers.delete(producer));
  });
  socket.on('disconnect', () => {
    published.delete(socket.id);
    send.close();
    receive.close();
  });
  const subscriptions = await Promise.all(others.map((producer) => consume(producer, false)));
  const joined: Joined = {
    room: {
      id: 'bare',
      name: 'Bare',
      metadata: '',
      isLocked: false,
      spotlight: [],
      breakoutOf: null,
    },
    self: participantOf(socket.id, []),
    grants: {
      publish: { camera: true, microphone: true, screen_share: true, screen_share_audio: true },
      subscribe: true,
      data: true,
      hidden: false,
      moderate: false,
      updateSelf: false,
    },
    graceMs: 0,
    resumed: null,
    sendTransport: transportToWire(send),
    receiveTransport: transportToWire(receive),
    participants: [...published].map(([id, theirs]) => participantOf(id, theirs)),
    subscriptions,
    dataReception: null,
  };
  socket.emit('joined', joined);
});

http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const routerCapabilities = capabilitiesToWire(router.rtpCapabilities);
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}`, routerCapabilities });
});
process.on('disconnect', () => process.exit(0));
