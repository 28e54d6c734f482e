import { beforeEach, describe, expect, it } from 'vitest';
import type { AccountStore, User } from './account-store.ts';
import { ANN, AnsweringServer } from './answering-server.ts';
import {
  changeEmail,
  changeNames,
  changePassword,
  deleteAccount,
  readExport,
  refreshUser,
  removeAvatar,
  requestReset,
  resetPassword,
  setAvatar,
  verifyEmail,
} from './own-account.ts';

let server: AnsweringServer;
let account: AccountStore;

beforeEach(async () => {
  server = new AnsweringServer();
  account = await server.signIn();
});

function shown(): User | undefined {
  const state = account.state.get();
  return state.status === 'signedIn' ? state.user : undefined;
}

describe('what is changed is shown', () => {
  it('is the name that the server took', async () => {
    server.on('PATCH /v1/users/me', ({ body }) => ({ ...ANN, ...(body as object) }));
    await changeNames(account, { firstName: 'Anna', lastName: 'Li' });
    expect(shown()).toEqual({ ...ANN, firstName: 'Anna', lastName: 'Li' });
  });

  it('is the address, with the password sent along', async () => {
    server.on('POST /v1/users/me/email', () => ({ ...ANN, email: 'new@example.org' }));
    await changeEmail(account, 'new@example.org', 'correct horse');
    expect(server.requests[0]?.options.body).toEqual({
      email: 'new@example.org',
      password: 'correct horse',
    });
    expect(shown()?.email).toBe('new@example.org');
  });

  it('is a picture, and that there is none', async () => {
    const picture = new Blob(['…'], { type: 'image/png' });
    server.on('PUT /v1/users/me/avatar', () => ({ ...ANN, avatarUrl: '/v1/avatars/new.png' }));
    server.on('DELETE /v1/users/me/avatar', () => undefined);
    await setAvatar(account, picture);
    expect(server.requests[0]?.options.file).toBe(picture);
    expect(shown()?.avatarUrl).toBe('/v1/avatars/new.png');
    await removeAvatar(account);
    expect(shown()?.avatarUrl).toBeNull();
  });

  it('is what happened to the account elsewhere', async () => {
    server.on('GET /v1/users/me', () => ({ ...ANN, isEmailVerified: true }));
    await refreshUser(account);
    expect(shown()?.isEmailVerified).toBe(true);
  });

  it('is nothing for who signed out meanwhile', async () => {
    server.on('PATCH /v1/users/me', () => {
      account.forget();
      return ANN;
    });
    await changeNames(account, { firstName: 'Ann', lastName: 'Lee' });
    expect(account.state.get()).toEqual({ status: 'signedOut' });
  });
});

describe('a wrong password', () => {
  it.each([
    ['POST /v1/users/me/email', () => changeEmail(account, 'a@example.org', 'x')],
    ['POST /v1/users/me/password', () => changePassword(account, 'x', 'correct horse')],
    ['DELETE /v1/users/me', () => deleteAccount(account, 'x')],
  ])('is called that by %s, and leaves the person signed in', async (line, work) => {
    server.refuse(line, 'invalid_credentials');
    await expect(work()).rejects.toMatchObject({ code: 'wrong_password' });
    expect(shown()).toEqual(ANN);
  });
});

it.each([
  ['payload_too_large', 'avatar_too_large'],
  ['unsupported_file_type', 'avatar_type_unsupported'],
  ['rate_limited', 'rate_limited'],
])('a picture refused for %s is told as %s', async (code, told) => {
  server.refuse('PUT /v1/users/me/avatar', code);
  await expect(setAvatar(account, new Blob([]))).rejects.toMatchObject({ code: told });
});

describe('the export', () => {
  it('is a file with everything that came', async () => {
    const everything = { account: { id: 'u1' }, messages: [{ message: 'Halo' }] };
    server.on('GET /v1/users/me/export', () => everything);
    const file = await readExport(account);
    expect(file.type).toBe('application/json');
    expect(JSON.parse(await file.text())).toEqual(everything);
  });

  it('is no file where the answer broke off', async () => {
    server.on('GET /v1/users/me/export', () => undefined);
    await expect(readExport(account)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

it('deleting the account signs out', async () => {
  server.on('DELETE /v1/users/me', () => undefined);
  await deleteAccount(account, 'correct horse');
  expect(server.requests[0]?.options.body).toEqual({ password: 'correct horse' });
  expect(account.state.get()).toEqual({ status: 'signedOut' });
});

it('what comes back from mails is sent without a session', async () => {
  for (const path of ['forgot-password', 'reset-password', 'verify-email']) {
    server.on(`POST /v1/auth/${path}`, () => undefined);
  }
  await requestReset('ann@example.org', server.send);
  await resetPassword('t1', 'correct horse', server.send);
  await verifyEmail('t2', server.send);
  expect(server.requests.map(({ options }) => options)).toEqual([
    { method: 'POST', body: { email: 'ann@example.org' } },
    { method: 'POST', body: { token: 't1', password: 'correct horse' } },
    { method: 'POST', body: { token: 't2' } },
  ]);
});
