import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A WebSocket whose bytes the test itself writes, and reads only if it wants to. */
export interface RawClient {
  readonly socket: Socket;
  /** Sends a text frame, so many times over. */
  send(text: string, times?: number): void;
}

/** Opens the signalling endpoint. The caller destroys the socket. */
export async function openRawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    [
      'GET /signal/?EIO=4&transport=websocket HTTP/1.1',
      `Host: ${hostname}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      '\r\n',
    ].join('\r\n'),
  );
  await once(socket, 'data');
  return {
    socket,
    send(text, times = 1) {
      const frame = Buffer.concat([frameHeader(Buffer.byteLength(text)), Buffer.from(text)]);
      socket.write(Buffer.concat(Array<Buffer>(times).fill(frame)));
    },
  };
}

/** Of a final text frame, masked with zeros (RFC 6455, section 5.2). */
function frameHeader(length: number): Buffer {
  const mask = Buffer.alloc(4);
  if (length < 126) {
    return Buffer.concat([Buffer.from([0x81, 0x80 | length]), mask]);
  }
  if (length < 0x1_0000) {
    return Buffer.concat([Buffer.from([0x81, 0xfe, length >> 8, length & 0xff]), mask]);
  }
  const header = Buffer.alloc(10);
  header[0] = 0x81;
  header[1] = 0xff;
  header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, mask]);
}
