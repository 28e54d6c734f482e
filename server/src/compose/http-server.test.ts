import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpServer, type HttpServer } from './http-server.ts';

const opened: HttpServer[] = [];
afterEach(() => Promise.all(opened.splice(0).map((server) => server.close())));

async function start(): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer((_request, response) => response.end('ok'));
  opened.push(server);
  return { server, port: await server.listen(0, '127.0.0.1') };
}

/** Opens a connection, sends this, and waits for the first bytes that come back, if any are due. */
async function send(port: number, text: string, isAnswered: boolean): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text.replaceAll('\n', '\r\n'));
  await new Promise((resolve) => socket.once(isAnswered ? 'data' : 'connect', resolve));
  return socket;
}

function closed(socket: Socket): Promise<void> {
  socket.on('error', () => socket.destroy());
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('closing the HTTP server', () => {
  test('closes idle connections at once', async () => {
    const { server, port } = await start();
    const idle = closed(await send(port, 'GET / HTTP/1.1\nHost: x\n\n', true));
    const started = performance.now();
    await server.close();
    await idle;
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('cuts off a request that does not end', async () => {
    const { server, port } = await start();
    const unfinished = closed(await send(port, 'POST / HTTP/1.1\nHost: x\nContent-Le', false));
    // It has arrived when a request that was sent after it is answered.
    await fetch(`http://127.0.0.1:${port}/`);
    await Promise.all([server.close(), unfinished]);
  });

  test('cuts off a WebSocket that nobody else closed', async () => {
    const { server, port } = await start();
    server.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n');
    });
    const upgrade = 'GET / HTTP/1.1\nHost: x\nConnection: upgrade\nUpgrade: websocket\n\n';
    const upgraded = closed(await send(port, upgrade, true));
    await Promise.all([server.close(), upgraded]);
  });

  test('may be repeated', async () => {
    const { server } = await start();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

describe('a port that cannot be had', () => {
  test('is told in one line for people', async () => {
    const { port } = await start();
    const second = createHttpServer(() => undefined);
    await expect(second.listen(port, '127.0.0.1')).rejects.toThrow(
      `Port ${port} is in use: stop the program that has it, or set PORT to another one`,
    );
    await expect(createHttpServer(() => undefined).listen(0, '192.0.2.1')).rejects.toThrow(
      'This machine has no address 192.0.2.1: correct BALAI_HOST',
    );
  });
});
