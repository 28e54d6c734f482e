import { RequestError } from '../app/failure.ts';
import { inOtherWords } from '../app/in-other-words.ts';
import { type RequestOptions, sendRequest } from '../app/request.ts';
import type { AccountStore, User } from './account-store.ts';

const ME = '/v1/users/me';

/** What one can change by oneself, without a password. */
export interface Names {
  readonly firstName: string;
  readonly lastName: string;
}

/** Reads the account anew: its address may have been confirmed, or its name changed, elsewhere. */
export async function refreshUser(account: AccountStore): Promise<void> {
  account.show(await account.request<User>(ME));
}

export async function changeNames(account: AccountStore, names: Names): Promise<void> {
  account.show(await account.request<User>(ME, { method: 'PATCH', body: names }));
}

/** @throws RequestError `wrong_password`, `email_taken`. */
export async function changeEmail(
  account: AccountStore,
  email: string,
  password: string,
): Promise<void> {
  const body = { email, password };
  account.show(await withPassword<User>(account, `${ME}/email`, { method: 'POST', body }));
}

/** Has the mail sent again that confirms the address. */
export async function sendVerification(account: AccountStore): Promise<void> {
  await account.request(`${ME}/email-verification`, { method: 'POST' });
}

/** Ends every other session. @throws RequestError `wrong_password`. */
export async function changePassword(
  account: AccountStore,
  currentPassword: string,
  newPassword: string,
): Promise<void> {
  const body = { currentPassword, newPassword };
  await withPassword(account, `${ME}/password`, { method: 'POST', body });
}

/** @throws RequestError `avatar_too_large`, `avatar_type_unsupported`. */
export async function setAvatar(account: AccountStore, picture: Blob): Promise<void> {
  const sent = account.request<User>(`${ME}/avatar`, { method: 'PUT', file: picture });
  account.show(
    await inOtherWords(sent, {
      payload_too_large: 'avatar_too_large',
      unsupported_file_type: 'avatar_type_unsupported',
    }),
  );
}

export async function removeAvatar(account: AccountStore): Promise<void> {
  await account.request(`${ME}/avatar`, { method: 'DELETE' });
  const state = account.state.get();
  if (state.status === 'signedIn') account.show({ ...state.user, avatarUrl: null });
}

/**
 * Everything that is stored about the person, as a file that people can read.
 *
 * @throws RequestError also where the answer broke off: half of it is not everything.
 */
export async function readExport(account: AccountStore): Promise<Blob> {
  const everything = await account.request<object | undefined>(`${ME}/export`);
  if (everything === undefined) {
    throw new RequestError({ code: 'unavailable', message: 'The answer was not complete.' });
  }
  return new Blob([JSON.stringify(everything, null, 2)], { type: 'application/json' });
}

/** Deletes the account for good and signs out. @throws RequestError `wrong_password`. */
export async function deleteAccount(account: AccountStore, password: string): Promise<void> {
  await withPassword(account, ME, { method: 'DELETE', body: { password } });
  account.forget();
}

/** Has a mail sent with a link to `/reset-password`, where there is an account with this address. */
export async function requestReset(email: string, send = sendRequest): Promise<void> {
  await send('/v1/auth/forgot-password', { method: 'POST', body: { email } });
}

/** Ends every session of the account. @throws RequestError `mail_token_invalid`. */
export async function resetPassword(
  token: string,
  password: string,
  send = sendRequest,
): Promise<void> {
  await send('/v1/auth/reset-password', { method: 'POST', body: { token, password } });
}

/** @throws RequestError `mail_token_invalid`. */
export async function verifyEmail(token: string, send = sendRequest): Promise<void> {
  await send('/v1/auth/verify-email', { method: 'POST', body: { token } });
}

/** Whoever is signed in is asked for the password alone: their address is known. */
function withPassword<T>(account: AccountStore, path: string, options: RequestOptions): Promise<T> {
  return inOtherWords(account.request<T>(path, options), {
    invalid_credentials: 'wrong_password',
  });
}
