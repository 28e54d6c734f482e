import type { ListedRoom, Page, Room } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom } from '../../../test/test-member.ts';

const HOUR_MS = 3_600_000;

let api: TestApi;
let host: string;
let stranger: string;
let admin: string;
beforeAll(async () => {
  api = await startTestApi();
  host = (await api.signUp('Hanna')).accessToken;
  stranger = (await api.signUp('Sam')).accessToken;
  const administrator = await api.signUp('Ada');
  admin = administrator.accessToken;
  await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [
    administrator.user.id,
  ]);
});
afterAll(() => api.close());

function inHours(hours: number): string {
  return new Date(api.world.now + hours * HOUR_MS).toISOString();
}

function patch(room: Room, body: object, token = host) {
  return api.request<Room>(`/v1/rooms/${room.id}`, { method: 'PATCH', token, body });
}

async function listNames(list: string, token: string): Promise<string[]> {
  const { body } = await api.request<Page<ListedRoom>>(`/v1/rooms?list=${list}&limit=100`, {
    token,
  });
  return body.items.map(({ name }) => name);
}

describe('a scheduled room', () => {
  test('says when it starts, in UTC, whatever zone it was written in', async () => {
    const room = await api.createRoom(host, { scheduledAt: '2999-01-01T10:00:00+07:00' });
    expect(room.scheduledAt).toBe('2999-01-01T03:00:00.000Z');
  });

  test.each(['2001-01-01T00:00:00Z', 'tomorrow', '2999-13-01T00:00:00Z'])(
    'is refused for %s',
    async (scheduledAt) => {
      const answer = await api.request('/v1/rooms', {
        token: host,
        body: { name: 'Late', scheduledAt },
      });
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    },
  );

  test('is cancelled once, and lets nobody in then', async () => {
    const room = await api.createRoom(host, { scheduledAt: inHours(5) });
    const cancel = () =>
      api.request<Room>(`/v1/rooms/${room.id}/cancel`, { method: 'POST', token: host });
    const first = await cancel();
    expect(first).toMatchObject({ status: 200, body: { status: 'cancelled' } });
    expect((await cancel()).body).toEqual(first.body);
    await expect(enterRoom(api, room.id, stranger)).rejects.toThrow('room_ended');
    expect(await patch(room, { name: 'Again' })).toMatchObject({ status: 410 });
  });

  test('that somebody has been in is ended, not cancelled', async () => {
    const room = await api.createRoom(host, { scheduledAt: inHours(5) });
    const member = await enterRoom(api, room.id, host);
    await member.client.request('chat.history', {});
    const answer = await api.request(`/v1/rooms/${room.id}/cancel`, {
      method: 'POST',
      token: host,
    });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token: host });
    const late = await api.request(`/v1/rooms/${room.id}/cancel`, { method: 'POST', token: host });
    expect(late).toMatchObject({ status: 410, body: { error: { code: 'room_ended' } } });
  });
});

describe('changing a room', () => {
  test('changes what is named, and nothing else', async () => {
    const room = await api.createRoom(host, { description: 'Weekly', maxUsers: 7 });
    const scheduledAt = inHours(2);
    const answer = await patch(room, { name: 'Retro', scheduledAt });
    expect(answer.body).toEqual({ ...room, name: 'Retro', scheduledAt });
    expect((await patch(room, { description: '', scheduledAt: null })).body).toEqual({
      ...room,
      name: 'Retro',
      description: null,
    });
    expect((await patch(room, {})).body.name).toBe('Retro');
    expect((await api.request<Room>(`/v1/rooms/${room.id}`)).body.name).toBe('Retro');
  });

  test('sets, changes and takes away the password', async () => {
    const room = await api.createRoom(host);
    const join = async (password?: string) => {
      const body = { name: 'Guest', ...(password === undefined ? {} : { password }) };
      return (await api.request(`/v1/rooms/${room.id}/join`, { body })).status;
    };
    expect((await patch(room, { password: 'one' })).body.hasPassword).toBe(true);
    expect([await join(), await join('one')]).toEqual([403, 200]);
    await patch(room, { password: 'two' });
    expect([await join('one'), await join('two')]).toEqual([403, 200]);
    expect((await patch(room, { password: null })).body.hasPassword).toBe(false);
    expect(await join()).toBe(200);
  });

  test('is for the host and administrators', async () => {
    const room = await api.createRoom(host);
    await enterRoom(api, room.id, stranger);
    for (const path of ['', '/cancel', '/end']) {
      const answer = await api.request(`/v1/rooms/${room.id}${path}`, {
        method: path === '' ? 'PATCH' : 'POST',
        token: stranger,
        body: path === '' ? { name: 'Mine' } : {},
      });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    expect((await patch(room, { name: 'Moderated' }, admin)).body.name).toBe('Moderated');
    const ended = await api.request<Room>(`/v1/rooms/${room.id}/end`, {
      method: 'POST',
      token: admin,
    });
    expect(ended.body.status).toBe('ended');
    expect(api.closedRooms).toContain(room.id);
  });

  test.each([
    [{ name: '' }],
    [{ maxUsers: 0 }],
    [{ scheduledAt: '2001-01-01T00:00:00Z' }],
    [{ status: 'ended' }],
    [{ hostId: '00000000-0000-4000-8000-000000000000' }],
  ])('refuses %j', async (body) => {
    const room = await api.createRoom(host);
    expect((await patch(room, body)).status).toBe(400);
    expect(await api.rooms.get(room.id)).toEqual(room);
  });

  test('with the same idempotency key makes one room', async () => {
    const make = (name: string) =>
      api.request<Room>('/v1/rooms', {
        token: host,
        body: { name },
        headers: { 'idempotency-key': 'a-room' },
      });
    const [first, second] = [await make('Once'), await make('Once')];
    expect(second.body).toEqual(first.body);
    expect(await make('Twice')).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_key_reused' } },
    });
  });
});

describe('lists of rooms', () => {
  test('tell mine, active and past apart, and count who is there', async () => {
    const owner = (await api.signUp('Olga')).accessToken;
    const visitor = (await api.signUp('Vera')).accessToken;
    const open = await api.createRoom(owner, { name: 'Open' });
    const over = await api.createRoom(owner, { name: 'Over' });
    await api.createRoom(owner, { name: 'Unvisited' });
    const inOpen = await enterRoom(api, open.id, visitor);
    const inOver = await enterRoom(api, over.id, visitor);
    await inOpen.client.request('chat.history', {});
    await inOver.client.request('chat.history', {});
    await api.request(`/v1/rooms/${over.id}/end`, { method: 'POST', token: owner });

    expect(await listNames('mine', owner)).toEqual(['Unvisited', 'Over', 'Open']);
    expect(await listNames('active', owner)).toEqual(['Unvisited', 'Open']);
    expect(await listNames('past', owner)).toEqual(['Over']);
    expect(await listNames('mine', visitor)).toEqual([]);
    expect(await listNames('active', visitor)).toEqual(['Open']);
    expect(await listNames('past', visitor)).toEqual(['Over']);
    const { body } = await api.request<Page<ListedRoom>>('/v1/rooms?list=active', {
      token: visitor,
    });
    expect(body.items).toMatchObject([{ name: 'Open', participantCount: 1 }]);
  });

  test('come in pages that miss and repeat nothing', async () => {
    const owner = (await api.signUp('Pia')).accessToken;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await api.createRoom(owner, { name });
    }
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: Page<ListedRoom> } = await api.request<Page<ListedRoom>>(
        `/v1/rooms?list=active&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        { token: owner },
      );
      names.push(...body.items.map(({ name }) => name));
      cursor = body.nextCursor;
    }
    expect(names).toEqual(['e', 'd', 'c', 'b', 'a']);
  });
});
