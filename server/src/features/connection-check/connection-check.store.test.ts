import { randomUUID } from 'node:crypto';
import type { ConnectionCheckAccess, ErrorAnswer, JoinInfo } from '@balai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, TEST_CAPABILITIES, type TestApi } from '../../../test/test-api.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';
import { roomParticipantsKey } from '../../store/redis/keys.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    config: {
      iceServers: [{ urls: ['stun:stun.example.org'] }],
      turn: { urls: ['turn:turn.example.org'], secret: 's' },
    },
  });
});
afterAll(() => api.close());

async function open(): Promise<ConnectionCheckAccess> {
  const { status, body } = await api.request<ConnectionCheckAccess>('/v1/connection-check', {
    method: 'POST',
  });
  expect(status).toBe(200);
  return body;
}

/** What the tables say of people, rooms and stays. */
async function countRows(): Promise<unknown> {
  return await api.stores.owner.query(
    `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM rooms) AS rooms,
            (SELECT count(*) FROM room_participants) AS participants,
            (SELECT count(*) FROM meeting_history) AS stays`,
  );
}

test('anybody gets two ways into a room of their own (SPEC 13.1)', async () => {
  const access = await open();
  expect(access).toMatchObject({
    url: api.url,
    routerCapabilities: TEST_CAPABILITIES,
    iceServers: [
      { urls: ['stun:stun.example.org'] },
      { urls: ['turn:turn.example.org'], username: expect.any(String) },
    ],
  });
  const publisher = await api.roomTokens.verify(access.publisherToken);
  const receiver = await api.roomTokens.verify(access.receiverToken);
  expect(receiver.roomId).toBe(publisher.roomId);
  expect(receiver.identity).not.toBe(publisher.identity);
  expect(publisher).toMatchObject({
    sessionId: null,
    role: 'participant',
    grants: {
      publish: { camera: true, microphone: true, screen_share: false, screen_share_audio: false },
      subscribe: true,
      data: false,
      hidden: false,
      moderate: false,
      updateSelf: false,
    },
    checkEndsAt: Date.parse(access.endsAt),
  });
  const other = await api.roomTokens.verify((await open()).publisherToken);
  expect(other.roomId).not.toBe(publisher.roomId);
});

test('a check has credentials of the TURN server for no longer than it lasts (SPEC 13.4)', async () => {
  const { endsAt, iceServers, publisherToken } = await open();
  const holdsUntil = Math.floor(Date.parse(endsAt) / 1_000) + 60;
  const username = expect.stringMatching(new RegExp(`^${holdsUntil}:`));
  expect(iceServers[1]).toMatchObject({ username });
  // Its token gets no others.
  const { body } = await api.request<JoinInfo>('/v1/join-info', { token: publisherToken });
  expect(body.iceServers[1]).toMatchObject({ username });
});

test('a check leaves no trace in tables and no complaint in the log (SPEC 13.3)', async () => {
  const before = await countRows();
  const complaints = () => api.logged().match(/"level":[4-6]0/g) ?? [];
  const known = complaints().length;
  const access = await open();
  const clients = [access.publisherToken, access.receiverToken].map(
    (token) => new TestClient(api.url, handshakeOf(token)),
  );
  const [publisher, receiver] = clients;
  await Promise.all(clients.map((client) => client.next('joined')));
  const message = { messageId: randomUUID(), text: 'a free meeting' };
  await expect(publisher?.request('chat.send', message)).rejects.toThrow('forbidden');
  await expect(receiver?.request('chat.history', {})).rejects.toThrow('room_not_found');
  for (const client of clients) {
    await client.request('room.leave', {});
    client.close();
  }
  const { roomId } = await api.roomTokens.verify(access.publisherToken);
  await expect
    .poll(() => api.stores.redis.run((r) => r.exists(roomParticipantsKey(roomId))))
    .toBe(0);
  expect(await countRows()).toEqual(before);
  expect(complaints().length).toBe(known);
});

test('a room of a check that is over lets nobody in (SPEC 13.2)', async () => {
  const { publisherToken, endsAt } = await open();
  const now = api.world.now;
  api.world.now = Date.parse(endsAt);
  const client = new TestClient(api.url, handshakeOf(publisherToken));
  expect(await client.next('refused')).toMatchObject({ code: 'room_ended' });
  client.close();
  api.world.now = now;
});

test('a server that stops opens no check, and one address gets a limited number', async () => {
  api.world.isDraining = true;
  const stopping = await api.request<ErrorAnswer>('/v1/connection-check', { method: 'POST' });
  api.world.isDraining = false;
  expect(stopping.body.error.code).toBe('shutting_down');
  const answers = [];
  for (let asked = 0; asked < 60; asked += 1) {
    answers.push(await api.request<ErrorAnswer>('/v1/connection-check', { method: 'POST' }));
  }
  expect(answers.at(-1)?.body.error).toMatchObject({ code: 'rate_limited' });
});
