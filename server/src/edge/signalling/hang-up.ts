import type { Socket } from 'socket.io';

/** For a client to read its goodbye and to close its side. */
const CLOSE_GRACE_MS = 2_000;

/** Closes a socket after what was sent has gone out. Idempotent. */
export function hangUp(socket: Pick<Socket, 'conn' | 'disconnect'>): void {
  const { request } = socket.conn;
  socket.disconnect(true);
  // A peer that does not close its side would be read from for another 30 s.
  setTimeout(() => request.socket.destroy(), CLOSE_GRACE_MS).unref();
}
