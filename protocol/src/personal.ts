import type { WireError } from './errors.ts';
import type { DisconnectReason } from './models.ts';
import type { Notification } from './rest-chat.ts';

/** Socket.IO namespace of a signed-in person, on the path of signalling. */
export const PERSONAL_NAMESPACE = '/me';

/** What a client says as it opens the personal namespace (Socket.IO's `auth`). */
export interface PersonalHandshake {
  readonly protocol: number;
  /** Access token. */
  readonly token: string;
}

/** What the server tells a person wherever they are. It takes no requests here. */
export interface PersonalEvents {
  /** The first message to whom it lets in. */
  welcome: (message: { readonly unreadCount: number }) => void;
  /** Instead of `welcome`: why not. The socket closes next. */
  refused: (error: WireError) => void;
  notification: (notification: Notification) => void;
  /** Notifications that were read or removed, here or elsewhere; null for all there were. */
  notificationsRead: (message: { readonly ids: readonly string[] | null }) => void;
  /** Notifications may have been missed: ask for the list. */
  lookAgain: (message: { readonly unreadCount: number }) => void;
  /** The connection is over. The socket closes next. */
  goodbye: (message: { readonly reason: DisconnectReason; readonly error?: WireError }) => void;
}
