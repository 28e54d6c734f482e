import { randomUUID } from 'node:crypto';
import type { Page, Room, RoomParticipant, RoomSettings } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom } from '../../../test/test-member.ts';

let api: TestApi;
let host: string;
let hostId: string;
let ben: string;
let benId: string;
let room: Room;
beforeAll(async () => {
  api = await startTestApi();
  const hanna = await api.signUp('Hanna');
  const benjamin = await api.signUp('Ben');
  [host, hostId] = [hanna.accessToken, hanna.user.id];
  [ben, benId] = [benjamin.accessToken, benjamin.user.id];
});
afterAll(() => api.close());
beforeEach(async () => {
  room = await api.createRoom(host);
});

function list(token: string, query = '') {
  return api.request<Page<RoomParticipant>>(`/v1/rooms/${room.id}/participants${query}`, { token });
}

/** Arrivals are written while people are in already: waits until so many are. */
async function waitForArrivals(people: number): Promise<void> {
  await expect.poll(async () => (await list(host)).body.items.length).toBe(people);
}

function setRole(token: string, identity: string, role: string) {
  return api.request<RoomParticipant>(`/v1/rooms/${room.id}/participants/${identity}`, {
    method: 'PATCH',
    token,
    body: { role },
  });
}

describe('participants', () => {
  test('are listed for members, guests by their room token included', async () => {
    await enterRoom(api, room.id, host);
    api.world.now += 1_000;
    const guest = await enterRoom(api, room.id);
    await waitForArrivals(2);
    for (const token of [host, guest.roomToken]) {
      const { body } = await list(token);
      expect(body.items).toMatchObject([
        { identity: guest.identity, name: 'Guest', role: 'participant', isGuest: true },
        { identity: hostId, name: 'Hanna Example', role: 'host', isGuest: false, leftAt: null },
      ]);
    }
    expect((await list(ben)).status).toBe(403);
    const elsewhere = await enterRoom(api, (await api.createRoom(host)).id);
    expect(await list(elsewhere.roomToken)).toMatchObject({ status: 403 });
  });

  test('who left are listed with the moment, and not among those present', async () => {
    const guest = await enterRoom(api, room.id);
    await guest.client.request('room.leave', {});
    await guest.client.closed();
    await expect
      .poll(async () => (await list(host)).body.items)
      .toMatchObject([{ identity: guest.identity, leftAt: expect.any(String) }]);
    expect((await list(host, '?present=true')).body.items).toEqual([]);
  });

  test('come in pages', async () => {
    const guests = [];
    for (let number = 0; number < 3; number += 1) {
      guests.unshift((await enterRoom(api, room.id)).identity);
    }
    await expect.poll(async () => (await list(host)).body.items).toHaveLength(3);
    const first = await list(host, '?limit=2');
    const second = await list(host, `?limit=2&cursor=${first.body.nextCursor}`);
    const identities = [...first.body.items, ...second.body.items].map(({ identity }) => identity);
    expect(identities.toSorted()).toEqual(guests.toSorted());
    expect(second.body.nextCursor).toBeNull();
  });
});

describe('the role of moderator', () => {
  test('is given and taken by the host, at once, to everybody’s knowledge (SPEC 4.5)', async () => {
    const inRoom = await enterRoom(api, room.id, ben);
    const witness = await enterRoom(api, room.id);
    expect(await setRole(host, benId, 'moderator')).toMatchObject({
      status: 200,
      body: { identity: benId, role: 'moderator' },
    });
    expect(await inRoom.client.next('roleChanged')).toMatchObject({
      role: 'moderator',
      grants: { moderate: true },
    });
    const { participantId } = inRoom.joined.self;
    await witness.client.until((client) =>
      client
        .changes()
        .some(
          (change) =>
            change.type === 'roleChanged' &&
            change.participantId === participantId &&
            change.role === 'moderator',
        ),
    );
    const late = await enterRoom(api, room.id);
    expect(
      late.joined.participants.find((participant) => participant.participantId === participantId),
    ).toMatchObject({ role: 'moderator' });
    expect(inRoom.client.changes().some(({ type }) => type === 'roleChanged')).toBe(false);

    await setRole(host, benId, 'participant');
    await inRoom.client.until((client) => client.all('roleChanged').length === 2);
    expect(inRoom.client.all('roleChanged')[1]).toMatchObject({ grants: { moderate: false } });
  });

  test('stays over a rejoin, and after it was taken an old token gives it back to nobody', async () => {
    const first = await enterRoom(api, room.id, ben);
    await setRole(host, benId, 'moderator');
    await first.client.request('room.leave', {});
    const again = await enterRoom(api, room.id, ben);
    expect(again.joined.self.role).toBe('moderator');
    await setRole(host, benId, 'participant');
    const { messageId } = (
      await (
        await enterRoom(api, room.id)
      ).client.request('chat.send', {
        messageId: randomUUID(),
        text: 'mine',
      })
    ).message;
    const answer = await api.request(`/v1/rooms/${room.id}/messages/${messageId}`, {
      method: 'DELETE',
      token: again.roomToken,
    });
    expect(answer).toMatchObject({ status: 403 });
  });

  test('is not the moderators’ to give, and not the host’s own to lose', async () => {
    await enterRoom(api, room.id, ben);
    const guest = await enterRoom(api, room.id);
    await setRole(host, benId, 'moderator');
    expect((await setRole(ben, guest.identity, 'moderator')).status).toBe(403);
    expect((await setRole(host, hostId, 'participant')).status).toBe(409);
    expect((await setRole(host, guest.identity, 'host')).status).toBe(400);
    expect((await setRole(host, randomUUID(), 'moderator')).status).toBe(404);
    expect((await setRole(host, 'nobody', 'moderator')).status).toBe(404);
  });
});

describe('settings of a room', () => {
  const path = (key = '') => `/v1/rooms/${room.id}/settings${key && `/${key}`}`;
  const set = (key: string, value: unknown, token = host) =>
    api.request<RoomSettings>(path(key), { method: 'PUT', token, body: { value } });

  test('have defaults, and are read by members', async () => {
    const guest = await enterRoom(api, room.id);
    const expected = {
      guests_allowed: true,
      chat_enabled: true,
      files_enabled: true,
      lobby_enabled: false,
      listeners_by_default: false,
      reactions_enabled: true,
      hand_raising: true,
      loudest_n: 6,
      last_n: 25,
      video_codecs: [],
    };
    expect((await api.request(path(), { token: guest.roomToken })).body).toEqual(expected);
    expect((await api.request(path(), { token: ben })).status).toBe(403);
  });

  test('are the host’s to change, and hold at once', async () => {
    expect(await set('guests_allowed', false)).toMatchObject({
      status: 200,
      body: { guests_allowed: false },
    });
    expect((await api.rooms.get(room.id)).guestsAllowed).toBe(false);
    await expect(enterRoom(api, room.id)).rejects.toThrow('guests_not_allowed');
    await api.request(path('guests_allowed'), { method: 'DELETE', token: host });
    await enterRoom(api, room.id);
    await enterRoom(api, room.id, ben);
    expect((await set('guests_allowed', false, ben)).status).toBe(403);
  });

  test('keep everybody but host and moderators silent where they say so (SPEC 5.8)', async () => {
    const guest = await enterRoom(api, room.id);
    const inRoom = await enterRoom(api, room.id, host);
    await set('chat_enabled', false);
    const message = { messageId: randomUUID(), text: 'Hello' };
    await expect(guest.client.request('chat.send', message)).rejects.toThrow('forbidden');
    await inRoom.client.request('chat.send', message);
  });

  test('tell everybody who comes in which codecs to send (SPEC 9.7)', async () => {
    const before = await enterRoom(api, room.id);
    expect(before.joined.room).not.toHaveProperty('videoCodecs');
    await set('video_codecs', ['av1', 'vp8']);
    const guest = await enterRoom(api, room.id);
    expect(guest.joined.room.videoCodecs).toEqual(['av1', 'vp8']);
    await api.request(path('video_codecs'), { method: 'DELETE', token: host });
    expect((await enterRoom(api, room.id)).joined.room).not.toHaveProperty('videoCodecs');
  });

  test.each([
    ['video_codecs', ['h265'], 'invalid_request'],
    ['video_codecs', ['vp8', 'vp8'], 'invalid_request'],
    ['guests_allowed', 'yes', 'invalid_request'],
    ['colour', 'red', 'unknown_setting'],
    ['toString', true, 'unknown_setting'],
  ])('refuse %s = %j', async (key, value, code) => {
    expect((await set(key, value)).body).toMatchObject({ error: { code } });
  });
});
