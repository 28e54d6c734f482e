/**
 * Proves that a mediasoup worker can be trusted with calls: two peers connect to
 * it over ICE and DTLS, one in each DTLS role, and one RTP packet goes from the
 * first to the second, decrypted and encrypted on its way.
 *
 * Run as a program: `node self-test.ts PATH`. It exits with 0 when the worker
 * passed; a worker that crashes cannot take the caller with it.
 */
import { fileURLToPath } from 'node:url';
import type { types } from 'mediasoup';
import { createWorker } from 'mediasoup';
import { Audio, cleanup, PeerConnection } from 'node-datachannel';

type Router = types.Router;
type WebRtcServer = types.WebRtcServer;
type WebRtcTransport = types.WebRtcTransport;

const SSRC = 0x0ba1a1;
const PAYLOAD_TYPE = 100;
const PAYLOAD = Buffer.from('balai worker self-test');
const DEADLINE_MS = 10_000;
const CODEC = { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 } as const;

type Peer = { connection: PeerConnection; track: ReturnType<PeerConnection['addTrack']> };

/** The worker's role in the DTLS handshake; mediasoup is the server when it waits. */
type WorkerRole = 'server' | 'client';

/** Runs the whole test. Throws with the step that failed; leaves nothing running. */
export async function testWorker(workerBin: string): Promise<void> {
  let step = 'starting the worker';
  const worker = await withDeadline(createWorker({ workerBin, logLevel: 'warn' }), () => step);
  const died = new Promise<never>((_resolve, reject) => {
    worker.on('died', (error) =>
      reject(new Error(`the worker died while ${step}`, { cause: error })),
    );
  });
  const peers: Peer[] = [];
  const run = async (): Promise<void> => {
    step = 'creating a WebRtcServer and a router';
    const webRtcServer = await worker.createWebRtcServer({
      listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
    });
    const router = await worker.createRouter({ mediaCodecs: [CODEC] });

    step = 'the DTLS handshake with the worker as server';
    const sender = await connect(router, webRtcServer, 'server', peers);
    step = 'the DTLS handshake with the worker as client';
    const receiver = await connect(router, webRtcServer, 'client', peers);

    step = 'forwarding an RTP packet';
    await forwardOnePacket(router, sender, receiver);
  };
  try {
    await withDeadline(Promise.race([run(), died]), () => step);
  } finally {
    for (const { connection } of peers) connection.close();
    worker.close();
    cleanup();
  }
}

type Connected = { peer: Peer; transport: WebRtcTransport };

async function connect(
  router: Router,
  webRtcServer: WebRtcServer,
  workerRole: WorkerRole,
  peers: Peer[],
): Promise<Connected> {
  const transport = await router.createWebRtcTransport({ webRtcServer });
  const connection = new PeerConnection(`self-test-${workerRole}`, { iceServers: [] });
  const audio = new Audio('0', workerRole === 'server' ? 'SendOnly' : 'RecvOnly');
  audio.addOpusCodec(PAYLOAD_TYPE);
  if (workerRole === 'server') audio.addSSRC(SSRC, 'balai', 'balai', 'balai');
  const offered = new Promise<string>((resolve) => connection.onLocalDescription(resolve));
  const peer = { connection, track: connection.addTrack(audio) };
  peers.push(peer);
  const opened = new Promise<void>((resolve) => peer.track.onOpen(resolve));
  connection.setLocalDescription();
  const offer = await offered;

  const connected = new Promise<void>((resolve, reject) => {
    transport.on('dtlsstatechange', (state) => {
      if (state === 'connected') resolve();
      if (state === 'failed') reject(new Error('DTLS failed'));
    });
  });
  connection.setRemoteDescription(answerFor(transport, workerRole), 'answer');
  await transport.connect({
    dtlsParameters: {
      // The peer's role, as seen from the worker.
      role: workerRole === 'server' ? 'client' : 'server',
      fingerprints: [{ algorithm: 'sha-256', value: attribute(offer, 'fingerprint:sha-256 ') }],
    },
  });
  await Promise.all([connected, opened]);
  return { peer, transport };
}

async function forwardOnePacket(
  router: Router,
  sender: Connected,
  receiver: Connected,
): Promise<void> {
  const producer = await sender.transport.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [
        { mimeType: CODEC.mimeType, payloadType: PAYLOAD_TYPE, clockRate: 48_000, channels: 2 },
      ],
      encodings: [{ ssrc: SSRC }],
    },
  });
  const received = new Promise<void>((resolve) => {
    receiver.peer.track.onMessage((message) => {
      if (message.subarray(-PAYLOAD.length).equals(PAYLOAD)) resolve();
    });
  });
  await receiver.transport.consume({
    producerId: producer.id,
    rtpCapabilities: {
      codecs: router.rtpCapabilities.codecs ?? [],
      headerExtensions: [],
    },
  });
  // UDP may lose one even on loopback, so it is said again until it is heard.
  let sequenceNumber = 1;
  const send = (): void => {
    sender.peer.track.sendMessageBinary(rtpPacket(sequenceNumber++));
  };
  send();
  const timer = setInterval(send, 20);
  try {
    await received;
  } finally {
    clearInterval(timer);
  }
}

/** One RTP packet (RFC 3550, section 5.1) without extensions. */
function rtpPacket(sequenceNumber: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(PAYLOAD_TYPE, 1);
  header.writeUInt16BE(sequenceNumber, 2);
  header.writeUInt32BE(sequenceNumber * 960, 4);
  header.writeUInt32BE(SSRC, 8);
  return Buffer.concat([header, PAYLOAD]);
}

function answerFor(transport: WebRtcTransport, workerRole: WorkerRole): string {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  const candidate = iceCandidates[0];
  if (!fingerprint || !candidate) throw new Error('the transport has no fingerprint or candidate');
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=audio 9 UDP/TLS/RTP/SAVPF ${PAYLOAD_TYPE}`,
    'c=IN IP4 127.0.0.1',
    'a=mid:0',
    workerRole === 'server' ? 'a=recvonly' : 'a=sendonly',
    `a=setup:${workerRole === 'server' ? 'passive' : 'active'}`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint.value}`,
    `a=rtpmap:${PAYLOAD_TYPE} opus/48000/2`,
    'a=rtcp-mux',
    `a=candidate:${candidate.foundation} 1 udp ${candidate.priority} ${candidate.address} ${candidate.port} typ host`,
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

function attribute(sdp: string, name: string): string {
  const line = sdp.split(/\r?\n/).find((candidate) => candidate.startsWith(`a=${name}`));
  if (!line) throw new Error(`no "${name}" in the peer's offer`);
  return line.slice(`a=${name}`.length).trim();
}

async function withDeadline<T>(work: Promise<T>, step: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no success within ${DEADLINE_MS} ms: ${step()}`)),
      DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const workerBin = process.argv[2];
  if (!workerBin) {
    process.stderr.write('usage: node self-test.ts PATH-OF-MEDIASOUP-WORKER\n');
    process.exit(2);
  }
  try {
    await testWorker(workerBin);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
