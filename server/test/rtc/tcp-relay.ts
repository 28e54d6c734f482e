import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { IceCandidate } from '@balai/protocol';

const HOST = '127.0.0.1';

export interface TcpRelay {
  /** For the client: what it sends there by UDP reaches the server by TCP. */
  readonly candidate: IceCandidate;
  /** Closes the TCP connection. Idempotent. */
  readonly close: () => void;
}

/**
 * Carries a client's UDP packets to a server's TCP candidate, framed as RFC 4571
 * says. node-datachannel can do ICE-TCP itself, but libjuice 1.7 writes the
 * length of a frame twice now and then, and the connection hangs.
 */
export async function openTcpRelay(tcpCandidate: IceCandidate): Promise<TcpRelay> {
  const udp = createSocket('udp4');
  const tcp = connect(tcpCandidate.port, tcpCandidate.address);
  let isClosed = false;
  let clientPort: number | undefined;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    udp.close();
    tcp.destroy();
  };
  try {
    udp.bind(0, HOST);
    await Promise.all([once(udp, 'listening'), once(tcp, 'connect')]);
  } catch (error) {
    close();
    throw error;
  }
  tcp.setNoDelay(true);
  tcp.on('close', close);
  tcp.on('error', close);
  udp.on('message', (packet, sender) => {
    clientPort = sender.port;
    tcp.write(writeFrame(packet));
  });
  let rest: Buffer = Buffer.alloc(0);
  tcp.on('data', (chunk) => {
    const { frames, rest: incomplete } = readFrames(Buffer.concat([rest, chunk]));
    rest = incomplete;
    if (isClosed || clientPort === undefined) return;
    for (const frame of frames) udp.send(frame, clientPort, HOST);
  });
  const { tcpType: _tcpType, ...candidate } = tcpCandidate;
  return {
    candidate: { ...candidate, protocol: 'udp', address: HOST, port: udp.address().port },
    close,
  };
}

function writeFrame(packet: Buffer): Buffer {
  const frame = Buffer.alloc(2 + packet.length);
  frame.writeUInt16BE(packet.length, 0);
  packet.copy(frame, 2);
  return frame;
}

function readFrames(buffer: Buffer): { readonly frames: readonly Buffer[]; readonly rest: Buffer } {
  const frames: Buffer[] = [];
  let start = 0;
  while (start + 2 <= buffer.length) {
    const end = start + 2 + buffer.readUInt16BE(start);
    if (end > buffer.length) break;
    frames.push(buffer.subarray(start + 2, end));
    start = end;
  }
  return { frames, rest: buffer.subarray(start) };
}
