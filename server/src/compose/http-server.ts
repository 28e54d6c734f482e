import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** For a file over a slow connection. Other bodies have 30 s, in mount-route. */
const REQUEST_TIMEOUT_MS = 300_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the idle time of common proxies, so that they never reuse a closed connection. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const CLOSE_TIMEOUT_MS = 1_500;

/** Names of options. */
export interface ListenOptions {
  readonly port: string;
  readonly host: string;
}

const MAIN_OPTIONS: ListenOptions = { port: 'PORT', host: 'BALAI_HOST' };

/** The port that the REST API, the web app and signalling share. */
export interface HttpServer {
  /** For Socket.IO, which attaches itself to it. */
  readonly server: Server;

  /**
   * Starts to take connections.
   *
   * @param port 0 takes any free one.
   * @param host Undefined listens on every address.
   * @param options How the two are called where people set them. Default PORT and BALAI_HOST.
   * @returns the port.
   * @throws Error for people, in one line, where the port cannot be had.
   */
  listen(port: number, host: string | undefined, options?: ListenOptions): Promise<number>;

  /**
   * Lets the requests under way finish for 1.5 s, then cuts off every connection,
   * those of WebSockets too. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * A server that does not listen yet. The app must be there before Socket.IO
 * attaches itself: it takes its own path away from the listeners that it finds.
 */
export function createHttpServer(app: RequestListener): HttpServer {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    app,
  );
  // Node.js forgets a connection when it becomes a WebSocket, but close waits for it.
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });

  const close = async (): Promise<void> => {
    if (!server.listening) {
      return;
    }
    const cutOff = setTimeout(() => {
      for (const socket of connections) {
        socket.destroy();
      }
    }, CLOSE_TIMEOUT_MS);
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    clearTimeout(cutOff);
  };
  let closing: Promise<void> | undefined;

  return {
    server,
    async listen(port, host, options = MAIN_OPTIONS) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(new Error(explain(error, port, host, options))));
        server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
      });
      return (server.address() as AddressInfo).port;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function explain(
  error: NodeJS.ErrnoException,
  port: number,
  host: string | undefined,
  options: ListenOptions,
): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: stop the program that has it, or set ${options.port} to another one`;
    case 'EACCES':
      return `Port ${port} is not permitted: set ${options.port} to one from 1024 on`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: correct ${options.host}`;
    default:
      return `Port ${port} cannot be opened: ${error.message}`;
  }
}
