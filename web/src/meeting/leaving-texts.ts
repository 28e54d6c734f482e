import type { DisconnectReason } from '@balai/client';
import type { FailureText } from '../app/failure-texts.ts';

/** What a person reads after a stay, and whether they can come back. */
export interface LeavingText extends FailureText {
  readonly canRejoin: boolean;
}

/** The words for every reason for which a stay ends. */
export const LEAVING_TEXTS: Record<DisconnectReason, LeavingText> = {
  client_initiated: {
    title: 'You left the meeting',
    text: 'It goes on without you, as long as somebody is there.',
    canRejoin: true,
  },
  duplicate_identity: {
    title: 'You joined somewhere else',
    text: 'The meeting goes on in the other window or on the other device.',
    canRejoin: true,
  },
  room_closed: {
    title: 'The meeting has ended',
    text: 'The host ended it for everybody.',
    canRejoin: false,
  },
  participant_removed: {
    title: 'You were sent out',
    text: 'Somebody who leads the meeting removed you from it.',
    canRejoin: true,
  },
  moved: {
    title: 'You are moving to another room',
    text: 'Somebody who leads the meeting sent you there.',
    canRejoin: true,
  },
  server_shutdown: {
    title: 'The server is restarting',
    text: 'It will be back soon. Join again in a moment.',
    canRejoin: true,
  },
  media_failure: {
    title: 'Sound and pictures stopped',
    text: 'The part of the server that carried them failed. Joining again works.',
    canRejoin: true,
  },
  signal_close: {
    title: 'The connection was lost',
    text: 'Check your internet connection, then join again.',
    canRejoin: true,
  },
  session_revoked: {
    title: 'You were signed out',
    text: 'Your session was ended, here or on another device. Sign in to join again.',
    canRejoin: true,
  },
  protocol_violation: {
    title: 'You were disconnected',
    text: 'The server did not understand what this page sent. Load the page again.',
    canRejoin: true,
  },
  internal: {
    title: 'Something broke on the server',
    text: 'It was written to the log of the server. Try to join again.',
    canRejoin: true,
  },
};
