import { beforeEach, describe, expect, it } from 'vitest';
import { RequestError } from '../app/failure.ts';
import type { RequestOptions } from '../app/request.ts';
import { AccountStore } from './account-store.ts';

const TOKEN_LIFE_MS = 900_000;
const user = {
  id: 'u1',
  email: 'ann@example.org',
  isEmailVerified: true,
  firstName: 'Ann',
  lastName: 'Lee',
  avatarUrl: null,
  isAdmin: false,
};

/** Stands in for the REST API: takes the newest access token only, and writes down what it was asked. */
class FakeServer {
  nowMs = 1_000_000;
  requests: string[] = [];
  tokens = 0;
  refreshFailure: string | null = null;
  readonly stored = new Map<string, string>();

  readonly readKept = (key: string) => this.stored.get(key) ?? null;

  readonly keep = (key: string, value: string | null): void => {
    if (value === null) this.stored.delete(key);
    else this.stored.set(key, value);
  };

  readonly send = async <T>(path: string, options: RequestOptions = {}): Promise<T> => {
    this.requests.push(`${options.method ?? 'GET'} ${path}`);
    await Promise.resolve();
    return this.#answer(path, options.accessToken ?? null) as T;
  };

  #answer(path: string, accessToken: string | null): unknown {
    if (path === '/v1/auth/refresh' && this.refreshFailure !== null) {
      throw new RequestError({ code: this.refreshFailure, message: '' });
    }
    if (path === '/v1/auth/sign-out') return undefined;
    if (path.startsWith('/v1/auth/')) return this.#signedIn();
    if (accessToken !== null && accessToken !== `token ${this.tokens}`) {
      throw new RequestError({ code: 'token_expired', message: '' });
    }
    return accessToken;
  }

  #signedIn() {
    this.tokens += 1;
    const expiresAt = new Date(this.nowMs + TOKEN_LIFE_MS).toISOString();
    return { user, accessToken: `token ${this.tokens}`, accessTokenExpiresAt: expiresAt };
  }

  /** As if the server had other keys now. */
  forgetTokens(): void {
    this.tokens += 1;
  }

  store(): AccountStore {
    return new AccountStore({
      send: this.send,
      readKept: this.readKept,
      keep: this.keep,
      nowMs: () => this.nowMs,
      oneTabAtATime: (work) => work(),
    });
  }
}

let server: FakeServer;
let account: AccountStore;

beforeEach(() => {
  server = new FakeServer();
  account = server.store();
});

describe('a page that loads', () => {
  it('asks the server for nothing where nobody was signed in', async () => {
    await account.restore();
    expect(account.state.get()).toEqual({ status: 'signedOut' });
    expect(server.requests).toEqual([]);
  });

  it('takes up the session of the last visit', async () => {
    await account.signIn('ann@example.org', 'correct horse');
    const next = server.store();
    await next.restore();
    expect(next.state.get()).toEqual({ status: 'signedIn', user });
    expect(server.requests.at(-1)).toBe('POST /v1/auth/refresh');
  });

  it.each(['unauthorized', 'token_expired', 'refresh_token_reused'])(
    'is signed out, and asks no more, after %s',
    async (code) => {
      await account.signIn('ann@example.org', 'correct horse');
      server.refreshFailure = code;
      const next = server.store();
      await next.restore();
      expect(next.state.get()).toEqual({ status: 'signedOut' });
      expect(server.stored.size).toBe(0);
    },
  );

  it('says why, and can try again, when the server is away', async () => {
    await account.signIn('ann@example.org', 'correct horse');
    server.refreshFailure = 'unreachable';
    const next = server.store();
    await next.restore();
    expect(next.state.get()).toMatchObject({ failure: { code: 'unreachable' } });
    server.refreshFailure = null;
    await next.restore();
    expect(next.state.get()).toEqual({ status: 'signedIn', user });
  });
});

describe('requests in the name of a person', () => {
  beforeEach(async () => {
    await account.signIn('ann@example.org', 'correct horse');
    server.requests = [];
  });

  it('carry the access token', async () => {
    expect(await account.request('/v1/rooms')).toBe('token 1');
    expect(server.requests).toEqual(['GET /v1/rooms']);
  });

  it('are sent again with a new token when the server finds the old one too old', async () => {
    server.forgetTokens();
    expect(await account.request('/v1/rooms')).toBe('token 3');
    expect(server.requests).toEqual(['GET /v1/rooms', 'POST /v1/auth/refresh', 'GET /v1/rooms']);
  });

  it('wait for a new token when the old one is about to expire', async () => {
    server.nowMs += TOKEN_LIFE_MS - 5_000;
    expect(await account.request('/v1/rooms')).toBe('token 2');
    expect(server.requests).toEqual(['POST /v1/auth/refresh', 'GET /v1/rooms']);
  });

  it('share one refresh, since a refresh token works once', async () => {
    server.forgetTokens();
    await Promise.all([account.request('/v1/rooms'), account.request('/v1/users/me')]);
    expect(server.requests.filter((line) => line.includes('refresh'))).toHaveLength(1);
  });

  it('end the session here when it has ended on the server', async () => {
    server.forgetTokens();
    server.refreshFailure = 'refresh_token_reused';
    await expect(account.request('/v1/rooms')).rejects.toMatchObject({
      code: 'refresh_token_reused',
    });
    expect(account.state.get()).toEqual({ status: 'signedOut' });
  });

  it('leave the session alone when the server is away', async () => {
    server.nowMs += TOKEN_LIFE_MS;
    server.refreshFailure = 'unreachable';
    await expect(account.request('/v1/rooms')).rejects.toMatchObject({ code: 'unreachable' });
    expect(account.state.get()).toEqual({ status: 'signedIn', user });
  });

  it('are a guest’s after signing out', async () => {
    await account.signOut();
    expect(await account.withAccessToken(async (token) => token)).toBeNull();
    expect(server.stored.size).toBe(0);
  });
});
