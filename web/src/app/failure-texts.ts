import type { BalaiErrorCode } from '@balai/client';
import type { Failure } from './failure.ts';

/** What a person reads about a failure. */
export interface FailureText {
  readonly title: string;
  /** What happened and what to do about it, in plain words. */
  readonly text: string;
}

/** The codes that this app adds to those of the server and the SDK. */
export type AppFailureCode =
  | 'unreachable'
  | 'unexpected'
  | 'wrong_password'
  | 'avatar_too_large'
  | 'avatar_type_unsupported'
  | 'mail_link_incomplete'
  | 'projects_for_administrators'
  | 'too_many_projects'
  | 'too_many_keys'
  | 'issuer_taken';

const tryAgain = 'Wait a moment and try again.';

/**
 * The words for every failure, by its code: the server's codes, the reasons
 * for which the SDK ends a stay, and the few that this app adds.
 */
export const FAILURE_TEXTS = {
  // The room doesn't let one in.
  room_not_found: {
    title: 'Room not found',
    text: 'There is no room under this link. Check that it was copied whole, or ask for a new one.',
  },
  room_ended: {
    title: 'This meeting has ended',
    text: 'The host ended the meeting in this room. Nobody can join it any more.',
  },
  stay_over: {
    title: 'You were away for too long',
    text: 'The meeting went on without you. Join again.',
  },
  identity_taken: {
    title: 'You are in this meeting already',
    text: 'This room lets everybody in once. Leave it where you are, then join here.',
  },
  room_full: {
    title: 'The room is full',
    text: 'Every seat is taken. You can join as soon as somebody leaves.',
  },
  room_password_required: {
    title: 'This room has a password',
    text: 'Enter the password that came with the invitation.',
  },
  wrong_room_password: {
    title: 'Wrong password',
    text: 'The room has another password. Check it and try again.',
  },
  guests_not_allowed: {
    title: 'Guests are not allowed',
    text: 'This room is for people with an account. Sign in, then join.',
  },
  room_locked: {
    title: 'The room is locked',
    text: 'Nobody new comes in at the moment. Ask somebody in the meeting to unlock it.',
  },
  lobby_denied: {
    title: 'You were not let in',
    text: 'Whoever leads the meeting turned you away.',
  },
  banned: {
    title: 'You were banned from this room',
    text: 'Whoever leads the meeting does not let you in any more.',
  },
  token_expired: {
    title: 'Your pass has expired',
    text: 'The permission to join was valid for a short time only. Join again to get a new one.',
  },
  forbidden: { title: 'Not allowed', text: 'You do not have permission to do this.' },

  // Accounts.
  invalid_credentials: {
    title: 'Wrong e-mail or password',
    text: 'E-mail and password do not belong together.',
  },
  email_taken: {
    title: 'E-mail already in use',
    text: 'There is an account with this e-mail address. Sign in instead.',
  },
  unauthorized: { title: 'Please sign in', text: 'You need to be signed in to do this.' },
  refresh_token_reused: {
    title: 'Signed out for safety',
    text: 'Your session was used from somewhere else. Sign in again.',
  },

  // The server has trouble.
  unreachable: {
    title: 'Server not reachable',
    text: 'The server does not answer. Check your internet connection and try again.',
  },
  unavailable: {
    title: 'Server unavailable',
    text: `The server can not take requests at this time. ${tryAgain}`,
  },
  media_unavailable: {
    title: 'No room for media',
    text: `The server can not carry sound and pictures at this time. ${tryAgain}`,
  },
  shutting_down: {
    title: 'The server is restarting',
    text: `It will be back soon. ${tryAgain}`,
  },
  rate_limited: {
    title: 'Too many attempts',
    text: 'The server had too many requests from you.',
  },
  timeout: { title: 'That took too long', text: `The server did not answer in time. ${tryAgain}` },
  internal: {
    title: 'Something broke on the server',
    text: `It was written to the server's log. ${tryAgain}`,
  },

  // App and server don't understand each other.
  invalid_request: {
    title: 'That did not work',
    text: 'The server did not accept what was entered.',
  },
  unsupported_protocol: {
    title: 'This page is out of date',
    text: 'The server has been updated. Load the page again.',
  },
  unsupported_media: {
    title: 'Format not supported',
    text: 'The server can not take what this browser sends.',
  },
  payload_too_large: { title: 'Too large', text: 'What you sent is larger than the limit.' },
  conflict: {
    title: 'Already done',
    text: 'This contradicts what is going on in the room. Load the page again.',
  },
  protocol_violation: {
    title: 'Disconnected',
    text: 'The server did not understand what this page sent. Load the page again.',
  },
  unknown_method: { title: 'Not available', text: 'The server does not know this feature.' },
  not_found: { title: 'Not found', text: 'What you look for is not here.' },
  track_not_found: { title: 'Not found', text: 'This camera, microphone or screen is gone.' },
  transport_not_found: { title: 'Connection lost', text: 'The connection for media is gone.' },
  subscription_not_found: { title: 'Not found', text: 'This picture or sound is gone.' },

  idempotency_key_reused: {
    title: 'Already done',
    text: 'The same request came before with other content. Load the page again.',
  },
  request_in_progress: {
    title: 'Still at it',
    text: `The same request is being carried out. ${tryAgain}`,
  },
  mail_token_invalid: {
    title: 'This link is not valid any more',
    text: 'It was used before, or is too old. Ask for a new mail.',
  },
  unknown_setting: { title: 'Not available', text: 'The server does not know this setting.' },
  unsupported_file_type: {
    title: 'File not supported',
    text: 'The server does not take files of this type.',
  },

  // What the SDK finds out by itself.
  connection_failed: {
    title: 'Server not reachable',
    text: 'The connection to the server could not be opened, or was lost. Check your internet connection and try again.',
  },
  request_timeout: {
    title: 'That took too long',
    text: `The server did not answer in time. ${tryAgain}`,
  },
  cancelled: { title: 'Given up', text: 'You left before this was done.' },
  not_connected: { title: 'Not connected', text: 'Join the meeting first.' },
  invalid_answer: {
    title: 'Server not understood',
    text: 'Something other than the meeting server answered. Load the page again.',
  },
  media_connection_failed: {
    title: 'No connection for sound and pictures',
    text: 'Your network may block it. Try another network, or ask whoever runs the server.',
  },
  unsupported_browser: {
    title: 'Browser not supported',
    text: 'This browser can not take part in meetings. A current Chrome, Edge, Firefox or Safari can.',
  },
  insecure_context: {
    title: 'Page not secure',
    text: 'Browsers give camera and microphone to pages on HTTPS only. Ask whoever runs the server.',
  },
  permission_denied: {
    title: 'Access refused',
    text: 'Allow it in the address bar of your browser or in the system settings, then try again.',
  },
  device_not_found: { title: 'No device found', text: 'Plug one in, then try again.' },
  device_in_use: {
    title: 'Device in use',
    text: 'Another program uses it. Close that program, then try again.',
  },
  device_error: {
    title: 'Device not working',
    text: 'The browser could not open it. Try another.',
  },
  track_ended: { title: 'Device gone', text: 'The device stopped. Turn it on again.' },
  stream_interrupted: {
    title: 'Transfer broken off',
    text: 'The other side left or gave up. Ask them to send it again.',
  },
  playback_blocked: {
    title: 'Sound is blocked',
    text: 'The browser plays sound only after you touched the page.',
  },

  // This app's own.
  wrong_password: {
    title: 'Wrong password',
    text: 'This is not the password of your account. Check it and try again.',
  },
  avatar_too_large: {
    title: 'Picture too large',
    text: 'Choose a picture of less than 20 MB.',
  },
  avatar_type_unsupported: {
    title: 'Not a picture',
    text: 'Your browser can not read this file as a picture. Choose a PNG, JPEG or WebP file.',
  },
  mail_link_incomplete: {
    title: 'This link is not complete',
    text: 'A part of it is missing. Follow the link in the mail again, or copy it whole.',
  },
  projects_for_administrators: {
    title: 'Not for everybody here',
    text: 'On this server administrators make the projects. Ask whoever runs it.',
  },
  too_many_projects: {
    title: 'Too many projects',
    text: 'Your account has as many as it may have. Delete one that is not used any more.',
  },
  too_many_keys: {
    title: 'Too many keys',
    text: 'The project has as many as it may have. Revoke one that is not used any more.',
  },
  issuer_taken: {
    title: 'Issuer already in use',
    text: 'Another project has this issuer. Enter the one that your own tokens name.',
  },
  unexpected: {
    title: 'Something went wrong',
    text: 'This should not have happened. Load the page again.',
  },
} as const satisfies Record<BalaiErrorCode | AppFailureCode, FailureText>;

/** The words for a failure. A code that this app doesn't know gets the message that came with it. */
export function textOfFailure(failure: Failure): FailureText {
  if (!Object.hasOwn(FAILURE_TEXTS, failure.code)) {
    return { title: FAILURE_TEXTS.unexpected.title, text: failure.message };
  }
  const { title, text } = FAILURE_TEXTS[failure.code as keyof typeof FAILURE_TEXTS];
  if (failure.code === 'rate_limited') return { title, text: `${text} ${waitText(failure)}` };
  if (failure.code === 'invalid_request' && failure.details !== undefined) {
    return { title, text: `${text} ${failure.details.join('. ')}` };
  }
  return { title, text };
}

function waitText({ retryAfterMs }: Failure): string {
  if (retryAfterMs === undefined) return tryAgain;
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  if (seconds < 90) return `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  return `Try again in ${Math.ceil(seconds / 60)} minutes.`;
}
