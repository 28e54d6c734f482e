import { decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AccessToken, type AccessTokenOptions } from './access-token.ts';
import { signRequestToken } from './request-token.ts';

const KEY = 'BKabcdefghijklmnopqr';
const SECRET = 'eHR5cGVkLWluLXRoZS1nYXJkZW4tb2YtZWFy';
const NOW_S = 1_800_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_S * 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** As another implementation reads it. */
async function read(token: string) {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(SECRET), {
    algorithms: ['HS256'],
    issuer: KEY,
    currentDate: new Date(NOW_S * 1_000),
  });
  return payload;
}

const make = (options: Partial<AccessTokenOptions> = {}) =>
  new AccessToken(KEY, SECRET, { identity: 'alice', ...options });

describe('a room token', () => {
  test('says who comes into which room, for ten minutes, and no more than it was told', async () => {
    const token = await make().addGrant({ room: 'Daily', roomJoin: true }).toJwt();
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(await read(token)).toEqual({
      iss: KEY,
      sub: 'alice',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: NOW_S,
      exp: NOW_S + 600,
      room: { name: 'Daily', join: true },
    });
  });

  test('carries everything else by the names of its options', async () => {
    const options = { name: 'Älice 👋', metadata: '{"a":1}', attributes: { team: 'blue' } };
    const token = await make(options)
      .addGrant({
        room: 'Daily',
        create: { maxParticipants: 5, metadata: 'x' },
        canPublishSources: ['microphone'],
        canPublishData: ['chat'],
        hidden: true,
        role: 'moderator',
      })
      .toJwt();
    expect(await read(token)).toMatchObject({
      ...options,
      room: {
        name: 'Daily',
        join: true,
        create: { maxParticipants: 5, metadata: 'x' },
        canPublishSources: ['microphone'],
        canPublishData: ['chat'],
        hidden: true,
        role: 'moderator',
      },
    });
  });

  test.each([
    [90, 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7_200],
    ['1d', 86_400],
    ['1.5 h', 5_400],
  ])('is good for %s', async (ttl, seconds) => {
    const token = await make({ ttl }).addGrant({ room: 'a' }).toJwt();
    expect((await read(token)).exp).toBe(NOW_S + seconds);
  });

  test('is another one each time, from the moment that it is made', async () => {
    const access = make().addGrant({ room: 'a' });
    const first = await read(await access.toJwt());
    vi.advanceTimersByTime(60_000);
    const second = await read(await access.toJwt());
    expect(second.jti).not.toBe(first.jti);
    expect(second.exp).toBe((first.exp ?? 0) + 60);
  });

  test.each<[string, () => AccessToken]>([
    ['addGrant', () => make()],
    ['room', () => make().addGrant({ room: '' })],
    ['room', () => make().addGrant({ room: 'x'.repeat(256) })],
    ['identity', () => make({ identity: '' }).addGrant({ room: 'a' })],
    ['identity', () => make({ identity: 'x'.repeat(129) }).addGrant({ room: 'a' })],
    ['identity', () => make({ identity: 'alice~2' }).addGrant({ room: 'a' })],
    ['identity', () => make({ identity: '..' }).addGrant({ room: 'a' })],
    ['room', () => make().addGrant({ room: '.' })],
    ['name', () => make({ name: '' }).addGrant({ room: 'a' })],
    ['ttl', () => make({ ttl: '25h' }).addGrant({ room: 'a' })],
    ['ttl', () => make({ ttl: 0 }).addGrant({ room: 'a' })],
    ['ttl', () => make({ ttl: Number.NaN }).addGrant({ room: 'a' })],
    ['ttl', () => make({ ttl: 'soon' }).addGrant({ room: 'a' })],
    ['metadata', () => make({ metadata: 'x'.repeat(8_000) }).addGrant({ room: 'a' })],
  ])('is not made where the server would refuse it: %s', async (what, access) => {
    await expect(access().toJwt()).rejects.toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(what) }),
    );
  });
});

test('the token of a request says what it wants to do, for a minute', async () => {
  const token = await signRequestToken({
    apiKey: KEY,
    apiSecret: SECRET,
    scopes: ['rooms:read', 'rooms:write'],
  });
  expect(await read(token)).toEqual({
    iss: KEY,
    jti: expect.any(String),
    iat: NOW_S,
    exp: NOW_S + 60,
    service: ['rooms:read', 'rooms:write'],
  });
});
