import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a store that a test can cut, block and mend. */
export interface CuttableProxy {
  /** The store's URL, by way of the proxy. */
  readonly url: string;
  /** Closes every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again. */
  mend(): Promise<void>;
  /** Keeps connections open and lets nothing through any more. */
  block(): void;
  close(): Promise<void>;
}

/** Listens on a port of its own and passes bytes on to the host of this URL. */
export async function startCuttableProxy(
  targetUrl: string,
  defaultPort: number,
): Promise<CuttableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let isBlocked = false;
  let port = 0;
  let server: Server | undefined;

  const follow = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket);
    socket.on('data', (bytes) => {
      if (!isBlocked) {
        other().write(bytes);
      }
    });
    socket.on('error', () => other().destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };

  const mend = async (): Promise<void> => {
    isBlocked = false;
    const fresh = createServer((client) => {
      const store: Socket = connect(Number(target.port || defaultPort), target.hostname);
      follow(client, () => store);
      follow(store, () => client);
    });
    server = fresh;
    await new Promise<void>((resolve) => fresh.listen(port, '127.0.0.1', resolve));
    port = (fresh.address() as AddressInfo).port;
  };

  const cut = async (): Promise<void> => {
    const old = server;
    server = undefined;
    for (const socket of sockets) {
      socket.destroy();
    }
    if (old !== undefined) {
      await new Promise<void>((resolve) => old.close(() => resolve()));
    }
  };

  await mend();
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    cut,
    mend,
    block: () => {
      isBlocked = true;
    },
    close: cut,
  };
}
