import type { Joined } from '@balai/protocol';
import { openSocket } from './open-socket.ts';
import type { SignalChannel, StayListeners } from './signal-channel.ts';
import { type ChannelOptions, SocketChannel } from './socket-channel.ts';

/** Where to knock, and as whom. */
export type SignalOptions = ChannelOptions;

/** What the caller makes of `joined`. Called once, before any other message is delivered. */
export type Enter<T> = (
  joined: Joined,
  channel: SignalChannel,
) => { readonly entered: T; readonly listeners: StayListeners };

/**
 * Opens a socket and waits until the server lets us in.
 *
 * @throws ServerError, ConnectionError as {@link openSocket}.
 */
export function openSignal<T>(options: SignalOptions, enter: Enter<T>): Promise<T> {
  return openSocket(options, 'joined', (joined, socket) => {
    const channel = new SocketChannel(options, joined.self.participantId);
    const { entered, listeners } = enter(joined, channel);
    channel.begin(socket, listeners);
    return entered;
  });
}
