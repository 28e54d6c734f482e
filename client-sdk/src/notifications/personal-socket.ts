import {
  PERSONAL_NAMESPACE,
  type PersonalEvents,
  type PersonalHandshake,
  PROTOCOL_VERSION,
  SIGNALLING_PATH,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { endpoint } from '../send-request.ts';

/** Where to knock, and as whom. */
export interface PersonalSocketOptions {
  readonly serverUrl: string;
  readonly token: string;
}

/** What to do at each message of the server. */
export type PersonalListeners = {
  readonly [E in keyof PersonalEvents]: PersonalEvents[E];
} & {
  /** The socket is closed, or could not be opened. The last call of all; not after `close`. */
  readonly closed: () => void;
};

/** One connection to the namespace of a person. */
export interface PersonalSocket {
  close(): void;
}

/** Opens a socket to the personal namespace (SPEC 7.1). It does not open again by itself. */
export function openPersonalSocket(
  { serverUrl, token }: PersonalSocketOptions,
  listeners: PersonalListeners,
): PersonalSocket {
  const address = endpoint(serverUrl, `.${SIGNALLING_PATH}`);
  const handshake: PersonalHandshake = { protocol: PROTOCOL_VERSION, token };
  const socket: Socket<PersonalEvents, Record<string, never>> = io(
    address.origin + PERSONAL_NAMESPACE,
    {
      path: address.pathname,
      transports: ['websocket'],
      auth: { ...handshake },
      reconnection: false,
      forceNew: true,
      autoConnect: false,
    },
  );
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    socket.disconnect();
    listeners.closed();
  };
  socket.on('welcome', listeners.welcome);
  socket.on('refused', listeners.refused);
  socket.on('notification', listeners.notification);
  socket.on('notificationsRead', listeners.notificationsRead);
  socket.on('lookAgain', listeners.lookAgain);
  socket.on('goodbye', listeners.goodbye);
  socket.on('connect_error', end);
  socket.on('disconnect', end);
  socket.connect();
  return {
    close() {
      isOver = true;
      socket.off();
      socket.disconnect();
    },
  };
}
