import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the idle time of common proxies, so that they never reuse a closed connection. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A server that does not listen yet. The app must be there before Socket.IO
 * attaches itself: it takes its own path away from the listeners that it finds.
 */
export function createHttpServer(app: RequestListener): Server {
  return createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    },
    app,
  );
}

/**
 * Starts to answer requests.
 *
 * @returns the port.
 * @throws Error for people, in one line, where the port cannot be had.
 */
export async function listen(
  server: Server,
  port: number,
  host: string | undefined,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(explain(error, port, host))));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Lets the requests under way finish for 2 s, then cuts them off. Idempotent. */
export async function closeHttpServer(server: Server): Promise<void> {
  if (!server.listening) {
    return;
  }
  const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(cutOff);
}

function explain(error: NodeJS.ErrnoException, port: number, host: string | undefined): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: stop the program that has it, or set PORT to another one`;
    case 'EACCES':
      return `Port ${port} is not permitted: set PORT to one from 1024 on`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: correct BALAI_HOST`;
    default:
      return `Port ${port} cannot be opened: ${error.message}`;
  }
}
