import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Somewhere that takes TCP connections. */
export type TcpAddress = { readonly host: string; readonly port: number };

/** A port whose connections are passed on. */
export type ForwardedPort = TcpAddress & {
  /** Ends every connection. Idempotent. */
  close(): Promise<void>;
};

/** One that does not take a connection in this time is passed over: it is there, and cut off. */
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Passes connections on, byte by byte.
 *
 * @param listen Where; port 0 takes a free one.
 * @param targets Asked for each connection: whom to try, the first of them first.
 */
export async function forwardPort(
  listen: TcpAddress,
  targets: () => readonly TcpAddress[],
): Promise<ForwardedPort> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  // Half-closed connections are passed on as such.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    keep(client);
    void connectToOne(targets(), client).then((target) => {
      if (target === undefined) {
        client.destroy();
        return;
      }
      keep(target);
      client.pipe(target).pipe(client);
      client.once('close', () => target.destroy());
      target.once('close', () => client.destroy());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    host: listen.host,
    port: (server.address() as AddressInfo).port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** @returns undefined where nobody takes the connection, or nobody wants it any more. */
async function connectToOne(
  targets: readonly TcpAddress[],
  client: Socket,
): Promise<Socket | undefined> {
  for (const target of targets) {
    if (client.destroyed) return undefined;
    const socket = await tryToConnect(target);
    if (socket === undefined) continue;
    if (!client.destroyed) return socket;
    socket.destroy();
  }
  return undefined;
}

function tryToConnect({ host, port }: TcpAddress): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const fail = (): void => {
      socket.destroy();
      resolve(undefined);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, fail);
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', fail);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
