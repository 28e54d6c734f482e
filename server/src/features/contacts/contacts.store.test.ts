import type { Contact, ErrorAnswer, Page, UserSearchAnswer } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { userCurrentRoomKey } from '../../store/redis/keys.ts';
import { createSeats } from '../sessions/seats.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

function search(token: string, q: string) {
  return api.request<UserSearchAnswer & ErrorAnswer>(
    `/v1/users/search?q=${encodeURIComponent(q)}`,
    { token },
  );
}

function add(token: string, body: object) {
  return api.request<Contact & ErrorAnswer>('/v1/contacts', { token, body });
}

async function list(token: string, query = ''): Promise<Page<Contact>> {
  return (await api.request<Page<Contact>>(`/v1/contacts${query}`, { token })).body;
}

/** Writes down that somebody is or was in a room, as their arrival does. */
async function meet(roomId: string, userId: string): Promise<void> {
  await api.stores.owner.query(`INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2)`, [
    roomId,
    userId,
  ]);
}

describe('searching for people', () => {
  test('finds anybody by their whole address, in any case', async () => {
    const [me, other] = [await api.signUp(), await api.signUp('Wanted')];
    const answer = await search(me.accessToken, other.user.email.toUpperCase());
    expect(answer.body.items).toEqual([
      {
        id: other.user.id,
        firstName: 'Wanted',
        lastName: 'Example',
        avatarUrl: null,
        email: other.user.email,
      },
    ]);
  });

  test('finds nobody by a part of their address, and no stranger by name', async () => {
    const [me, other] = [await api.signUp(), await api.signUp('Stranger')];
    expect((await search(me.accessToken, other.user.email.slice(0, -1))).body.items).toEqual([]);
    expect((await search(me.accessToken, 'Stranger')).body.items).toEqual([]);
  });

  test('finds by name whom one has met, without their address', async () => {
    const [me, other] = [await api.signUp(), await api.signUp('Xaverius')];
    const room = await api.createRoom(me.accessToken);
    await meet(room.id, other.user.id);
    const answer = await search(me.accessToken, 'xAver');
    expect(answer.body.items).toMatchObject([{ id: other.user.id, email: null }]);
  });

  test('takes neither less than three characters nor wildcards', async () => {
    const me = await api.signUp();
    expect((await search(me.accessToken, 'ab')).body.error.code).toBe('invalid_request');
    expect((await search(me.accessToken, '%%%')).body.items).toEqual([]);
  });

  test('is limited, so that nobody can try a list of addresses', async () => {
    const me = await api.signUp();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 31; attempt += 1) {
      statuses.push((await search(me.accessToken, `guess${attempt}@example.org`)).status);
    }
    expect(statuses).toEqual([...Array<number>(30).fill(200), 429]);
  });
});

describe('contacts', () => {
  test('are added by address or, of those one has met, by id; twice is once', async () => {
    const me = await api.signUp();
    const [ann, ben, stranger] = [await api.signUp('Ann'), await api.signUp(), await api.signUp()];
    const room = await api.createRoom(me.accessToken);
    await meet(room.id, ben.user.id);
    for (let time = 0; time < 2; time += 1) {
      expect(await add(me.accessToken, { email: ann.user.email.toUpperCase() })).toMatchObject({
        status: 201,
        body: { id: ann.user.id, email: ann.user.email, room: null },
      });
      expect(await add(me.accessToken, { userId: ben.user.id })).toMatchObject({
        status: 201,
        body: { id: ben.user.id, email: null },
      });
    }
    const { items } = await list(me.accessToken);
    expect(items.map(({ id }) => id)).toEqual([ben.user.id, ann.user.id]);
    expect((await list(ann.accessToken)).items).toEqual([]);

    for (const body of [
      { userId: stranger.user.id },
      { userId: 'x' },
      { userId: me.user.id },
      { email: 'nobody@example.org' },
      { email: me.user.email },
    ]) {
      expect((await add(me.accessToken, body)).body.error.code).toBe('not_found');
    }
    for (const body of [{}, { email: ann.user.email, userId: ann.user.id }]) {
      expect((await add(me.accessToken, body)).body.error.code).toBe('invalid_request');
    }
  });

  test('are removed once', async () => {
    const [me, ann] = [await api.signUp(), await api.signUp()];
    await add(me.accessToken, { email: ann.user.email });
    const remove = () =>
      api.request(`/v1/contacts/${ann.user.id}`, { method: 'DELETE', token: me.accessToken });
    expect((await remove()).status).toBe(204);
    expect((await list(me.accessToken)).items).toEqual([]);
    expect((await remove()).body.error.code).toBe('not_found');
  });

  test('come in pages, newest first', async () => {
    const me = await api.signUp();
    const added: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      const { user } = await api.signUp();
      await add(me.accessToken, { email: user.email });
      added.unshift(user.id);
    }
    const first = await list(me.accessToken, '?limit=3');
    const second = await list(me.accessToken, `?limit=3&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(added);
    expect(second.nextCursor).toBeNull();
  });

  test('who deleted their account are not listed', async () => {
    const [me, ann] = [await api.signUp(), await api.signUp()];
    await add(me.accessToken, { email: ann.user.email });
    await api.request('/v1/users/me', {
      method: 'DELETE',
      token: ann.accessToken,
      body: { password: 'correct horse' },
    });
    expect((await list(me.accessToken)).items).toEqual([]);
  });
});

describe('presence', () => {
  test('says in which room a contact is to members of that room only, until they leave', async () => {
    const [host, contact, outsider] = [await api.signUp(), await api.signUp(), await api.signUp()];
    const room = await api.createRoom(host.accessToken, { name: 'Balai desa' });
    for (const { accessToken } of [host, outsider]) {
      await add(accessToken, { email: contact.user.email });
    }
    const seats = createSeats(api.stores.redis);
    const seat = {
      roomId: room.id,
      userId: contact.user.id,
      participantId: 'p1',
    };
    await seats.take(seat, 10);
    expect((await list(host.accessToken)).items[0]?.room).toEqual({
      id: room.id,
      name: 'Balai desa',
    });
    expect((await list(outsider.accessToken)).items[0]?.room).toBeNull();
    const key = userCurrentRoomKey(contact.user.id);
    const lifetimeMs = await api.stores.redis.client.pttl(key);
    expect(lifetimeMs).toBeGreaterThan(0);
    expect(lifetimeMs).toBeLessThanOrEqual(30_000);

    // What Redis lost comes back with the heartbeat.
    await api.stores.redis.client.del(key);
    await seats.refresh(room.id, [seat]);
    expect((await list(host.accessToken)).items[0]?.room?.id).toBe(room.id);
    await seats.release(seat);
    expect((await list(host.accessToken)).items[0]?.room).toBeNull();
  });

  test('is the room joined last; leaving another one does not end it', async () => {
    const { user } = await api.signUp();
    const seats = createSeats(api.stores.redis);
    const seat = (roomId: string) => ({ roomId, userId: user.id, participantId: `in ${roomId}` });
    const current = () => api.stores.redis.client.get(userCurrentRoomKey(user.id));
    await seats.take(seat('first'), 10);
    await seats.take(seat('second'), 10);
    await seats.refresh('first', [seat('first')]);
    expect(await current()).toBe('second');
    await seats.release(seat('first'));
    expect(await current()).toBe('second');
    await seats.release(seat('second'));
    expect(await current()).toBeNull();
  });

  test('goes on when a stay takes the seat of the one before it', async () => {
    const { user } = await api.signUp();
    const seats = createSeats(api.stores.redis);
    const seat = (participantId: string) => ({ roomId: 'hall', userId: user.id, participantId });
    await seats.take(seat('old'), 10);
    await seats.take(seat('new'), 10);
    await seats.release(seat('old'));
    expect(await api.stores.redis.client.get(userCurrentRoomKey(user.id))).toBe('hall');
  });
});
