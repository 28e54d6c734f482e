import { randomUUID } from 'node:crypto';
import type { Page, Room } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let token: string;
let userId: string;
beforeAll(async () => {
  api = await startTestApi();
  const session = await api.signUp();
  token = session.accessToken;
  userId = session.user.id;
});
afterAll(() => api.close());

describe('creating a room', () => {
  test('takes a name alone, with documented defaults', async () => {
    const answer = await api.request<Room>('/v1/rooms', { token, body: { name: ' Stand-up ' } });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        id: expect.any(String),
        name: 'Stand-up',
        description: null,
        hostId: userId,
        status: 'active',
        hasPassword: false,
        guestsAllowed: true,
        maxUsers: 10,
        createdAt: expect.any(String),
        endedAt: null,
      },
    });
  });

  test('takes everything, and keeps of the password an argon2id hash only', async () => {
    const body = {
      name: 'Board',
      description: 'Line one\nLine two',
      password: 'open sesame',
      maxUsers: 10_000,
      guestsAllowed: false,
    };
    const { body: room } = await api.request<Room>('/v1/rooms', { token, body });
    expect(room).toMatchObject({
      description: 'Line one\nLine two',
      hasPassword: true,
      maxUsers: 10_000,
      guestsAllowed: false,
    });
    const rows = await api.stores.owner.query<{ password: string }>(
      'SELECT password FROM rooms WHERE id = $1',
      [room.id],
    );
    expect(rows[0]?.password).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(room)).not.toContain('argon2');
  });

  test.each([
    ['no name', {}, 'body.name'],
    ['an empty name', { name: ' ' }, 'body.name'],
    ['a name of two lines', { name: 'a\nb' }, 'body.name'],
    ['a name too long', { name: 'x'.repeat(256) }, 'body.name'],
    ['a description too long', { name: 'x', description: 'x'.repeat(2_001) }, 'body.description'],
    ['an empty password', { name: 'x', password: '' }, 'body.password'],
    ['no seats', { name: 'x', maxUsers: 0 }, 'body.maxUsers'],
    ['too many seats', { name: 'x', maxUsers: 10_001 }, 'body.maxUsers'],
    ['half a seat', { name: 'x', maxUsers: 1.5 }, 'body.maxUsers'],
    ['a text for a number', { name: 'x', maxUsers: '10' }, 'body.maxUsers'],
    ['a text for a boolean', { name: 'x', guestsAllowed: 'yes' }, 'body.guestsAllowed'],
  ])('refuses %s and stores nothing', async (_what, body, path) => {
    const countRooms = () => api.stores.owner.query('SELECT 1 FROM rooms');
    const before = (await countRooms()).length;
    const answer = await api.request('/v1/rooms', { token, body });
    expect(answer.body.error.code).toBe('invalid_request');
    expect(answer.body.error.details).toEqual([expect.stringMatching(`^${path}: `)]);
    expect(await countRooms()).toHaveLength(before);
  });

  test('is for signed-in people', async () => {
    const answer = await api.request('/v1/rooms', { body: { name: 'x' } });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('listing rooms', () => {
  test('pages through own rooms, newest first, each exactly once', async () => {
    const { accessToken } = await api.signUp();
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      made.unshift((await api.createRoom(accessToken, { name: `Room ${index}` })).id);
    }
    const seen: string[] = [];
    let query = '?limit=3';
    let pages = 0;
    for (;;) {
      const { body } = await api.request<Page<Room>>(`/v1/rooms${query}`, { token: accessToken });
      seen.push(...body.items.map(({ id }) => id));
      pages += 1;
      if (body.nextCursor === null) {
        break;
      }
      query = `?limit=3&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(made);
    expect(pages).toBe(3);
  });

  test('pages through rooms made in the same microsecond', async () => {
    const session = await api.signUp();
    await api.stores.owner.query(
      `INSERT INTO rooms (name, host_id) SELECT 'x', $1 FROM generate_series(1, 5)`,
      [session.user.id],
    );
    const first = await api.request<Page<Room>>('/v1/rooms?limit=3', {
      token: session.accessToken,
    });
    const second = await api.request<Page<Room>>(
      `/v1/rooms?limit=3&cursor=${first.body.nextCursor}`,
      { token: session.accessToken },
    );
    const ids = [...first.body.items, ...second.body.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(second.body.nextCursor).toBeNull();
  });

  test('has no next page where the page is exactly full', async () => {
    const { accessToken } = await api.signUp();
    await api.createRoom(accessToken);
    await api.createRoom(accessToken);
    const { body } = await api.request<Page<Room>>('/v1/rooms?limit=2', { token: accessToken });
    expect(body.items).toHaveLength(2);
    expect(body.nextCursor).toBeNull();
  });

  test('shows nobody else’s rooms', async () => {
    await api.createRoom(token);
    const { accessToken } = await api.signUp();
    const { body } = await api.request<Page<Room>>('/v1/rooms', { token: accessToken });
    expect(body).toEqual({ items: [], nextCursor: null });
  });

  test.each([
    ['limit=0'],
    ['limit=101'],
    ['limit=many'],
    ['limit=1&limit=2'],
    ['cursor=nonsense'],
    ['cursor=WyJ4IiwieSJd'],
    // PostgreSQL knows no year 0.
    [`cursor=${btoa('["0000-01-01T00:00:00Z","00000000-0000-0000-0000-000000000000"]')}`],
    ['order=asc'],
  ])('refuses ?%s', async (query) => {
    const answer = await api.request(`/v1/rooms?${query}`, { token });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  });
});

describe('getting a room', () => {
  test('is for everybody who knows its id', async () => {
    const room = await api.createRoom(token);
    expect(await api.request<Room>(`/v1/rooms/${room.id}`)).toMatchObject({
      status: 200,
      body: room,
    });
  });

  test.each([randomUUID(), 'nonsense', '1%27%20OR%201=1', '%00'])(
    'answers room_not_found for %s',
    async (id) => {
      const answer = await api.request(`/v1/rooms/${id}`);
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'room_not_found' } } });
    },
  );
});

describe('ending a room', () => {
  test('ends it for everybody who is in it', async () => {
    const room = await api.createRoom(token);
    const answer = await api.request<Room>(`/v1/rooms/${room.id}/end`, { method: 'POST', token });
    expect(answer).toMatchObject({
      status: 200,
      body: { id: room.id, status: 'ended', endedAt: expect.any(String) },
    });
    expect(api.closedRooms).toContain(room.id);
  });

  test('may be repeated, and takes an empty body', async () => {
    const room = await api.createRoom(token);
    const end = () => api.request<Room>(`/v1/rooms/${room.id}/end`, { token, body: {} });
    const first = await end();
    const second = await end();
    expect(second.status).toBe(200);
    expect(second.body.endedAt).toBe(first.body.endedAt);
  });

  test('is for its host only, and changes nothing for anybody else', async () => {
    const room = await api.createRoom(token);
    const { accessToken } = await api.signUp();
    const path = `/v1/rooms/${room.id}/end`;
    expect(await api.request(path, { method: 'POST', token: accessToken })).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden' } },
    });
    expect((await api.request(path, { method: 'POST' })).status).toBe(401);
    expect(api.closedRooms).not.toContain(room.id);
    expect((await api.rooms.get(room.id)).status).toBe('active');
  });

  test('wants a room', async () => {
    const answer = await api.request(`/v1/rooms/${randomUUID()}/end`, { method: 'POST', token });
    expect(answer.body.error.code).toBe('room_not_found');
  });
});
