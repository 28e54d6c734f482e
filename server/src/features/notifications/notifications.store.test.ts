import { randomUUID } from 'node:crypto';
import type { ErrorAnswer, Notification, NotificationPage, Room } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PersonalClient } from '../../../test/personal-client.ts';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom } from '../../../test/test-member.ts';
import { silentLogger } from '../../../test/test-stores.ts';
import { openLiveNotifications } from './live-notifications.ts';
import { createReminderJob } from './reminders.ts';

let api: TestApi;
let host: string;
let hostId: string;
let ann: string;
let annId: string;
let annEmail: string;
let room: Room;
const clients: PersonalClient[] = [];
beforeAll(async () => {
  api = await startTestApi();
  const hanna = await api.signUp('Hanna');
  [host, hostId] = [hanna.accessToken, hanna.user.id];
});
afterAll(async () => {
  for (const { socket } of clients) {
    socket.disconnect();
  }
  await api.close();
});
beforeEach(async () => {
  room = await api.createRoom(host, { name: 'Retro' });
  const person = await api.signUp('Ann');
  [ann, annId, annEmail] = [person.accessToken, person.user.id, person.user.email];
});

function list(token: string, query = '') {
  return api.request<NotificationPage & ErrorAnswer>(`/v1/notifications${query}`, { token });
}

function invite(token: string, body: object, headers = {}) {
  return api.request(`/v1/rooms/${room.id}/invitations`, { token, body, headers });
}

async function connect(token: string): Promise<PersonalClient> {
  const client = new PersonalClient(api.url, token);
  clients.push(client);
  await client.next('welcome');
  return client;
}

function mailsTo(address: string) {
  return api.mails.filter(({ to, subject }) => to === address && subject.includes('invites'));
}

describe('an invitation', () => {
  test('by e-mail reaches an account in its list, at once on its sockets, and by mail', async () => {
    const [laptop, phone] = [await connect(ann), await connect(ann)];
    expect((await invite(host, { email: annEmail.toUpperCase() })).status).toBe(204);
    const { body } = await list(ann);
    expect(body).toMatchObject({
      items: [
        {
          type: 'room_invitation',
          title: 'Invitation: Retro',
          message: 'Hanna Example invites you. The meeting is open now.',
          isRead: false,
          roomId: room.id,
          senderId: hostId,
        },
      ],
      nextCursor: null,
      unreadCount: 1,
    });
    const [notification] = body.items;
    expect(await laptop.next('notification')).toEqual(notification);
    expect(await phone.next('notification')).toEqual(notification);
    await expect.poll(() => mailsTo(annEmail)).toHaveLength(1);
    expect(mailsTo(annEmail)[0]?.text).toContain(`https://balai.example/r/${room.id}`);
    expect((await list(host)).body.items).toEqual([]);
  });

  test('by e-mail is answered the same where there is no account', async () => {
    const address = `${randomUUID()}@example.org`;
    const [unknown, known] = [
      await invite(host, { email: address }),
      await invite(host, { email: annEmail }),
    ];
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    await expect.poll(() => mailsTo(address)).toHaveLength(1);
  });

  test('by id is for accounts that one knows', async () => {
    const answer = await invite(host, { userId: annId });
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    await api.request('/v1/contacts', { token: host, body: { email: annEmail } });
    expect((await invite(host, { userId: annId })).status).toBe(204);
    expect((await list(ann)).body.unreadCount).toBe(1);
    expect(mailsTo(annEmail)).toHaveLength(0);
    expect((await invite(host, { userId: hostId })).status).toBe(409);
  });

  test('is the host’s and the moderators’ to send, for a meeting that goes on', async () => {
    await enterRoom(api, room.id, ann);
    expect((await invite(ann, { email: 'x@example.org' })).status).toBe(403);
    await api.request(`/v1/rooms/${room.id}/participants/${annId}`, {
      method: 'PATCH',
      token: host,
      body: { role: 'moderator' },
    });
    expect((await invite(ann, { email: 'x@example.org' })).status).toBe(204);
    await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token: host });
    expect((await invite(host, { email: 'x@example.org' })).status).toBe(410);
  });

  test('with the same idempotency key is sent once', async () => {
    const key = { 'idempotency-key': randomUUID() };
    await invite(host, { email: annEmail }, key);
    await invite(host, { email: annEmail }, key);
    expect((await list(ann)).body.items).toHaveLength(1);
  });

  test.each([[{}], [{ email: 'x' }], [{ userId: 'x' }], [{ email: 'a@b.org', userId: 'x' }]])(
    'refuses %j',
    async (body) => {
      expect((await invite(host, body)).status).toBe(400);
    },
  );

  test('is followed by the news that the meeting was moved, or is off', async () => {
    await invite(host, { email: annEmail });
    await api.request(`/v1/rooms/${room.id}`, {
      method: 'PATCH',
      token: host,
      body: { scheduledAt: '2999-05-06T07:08:00Z' },
    });
    await api.request(`/v1/rooms/${room.id}/cancel`, { method: 'POST', token: host });
    const { body } = await list(ann);
    expect(body.items.map(({ title, message }) => [title, message]).slice(0, 2)).toEqual([
      ['Cancelled: Retro', 'The meeting will not take place.'],
      ['Moved: Retro', 'The meeting starts at 2999-05-06 07:08 UTC.'],
    ]);
  });
});

describe('the list', () => {
  test('is read one by one and all at once, and other windows learn it (SPEC 7.3)', async () => {
    const window = await connect(ann);
    for (const name of ['one', 'two', 'three']) {
      await api.request(`/v1/rooms/${room.id}`, { method: 'PATCH', token: host, body: { name } });
      await invite(host, { email: annEmail });
    }
    const first = await list(ann, '?limit=2');
    expect(first.body.items.map(({ title }) => title)).toEqual([
      'Invitation: three',
      'Invitation: two',
    ]);
    const second = await list(ann, `?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ title: 'Invitation: one' }], unreadCount: 3 });

    const id = second.body.items[0]?.id ?? '';
    const read = () =>
      api.request<Notification>(`/v1/notifications/${id}/read`, { method: 'POST', token: ann });
    expect((await read()).body.isRead).toBe(true);
    expect((await read()).status).toBe(200);
    expect(await window.next('notificationsRead')).toEqual({ ids: [id] });
    expect((await list(ann, '?unread=true')).body.items).toHaveLength(2);

    expect(
      (await api.request('/v1/notifications/read', { method: 'POST', token: ann })).status,
    ).toBe(204);
    expect(await window.next('notificationsRead', 3)).toEqual({ ids: null });
    expect((await list(ann)).body.unreadCount).toBe(0);
    await api.request(`/v1/notifications/${id}`, { method: 'DELETE', token: ann });
    expect((await list(ann)).body.items).toHaveLength(2);
  });

  test('is nobody else’s', async () => {
    await invite(host, { email: annEmail });
    const id = (await list(ann)).body.items[0]?.id ?? '';
    const path = `/v1/notifications/${id}`;
    expect((await api.request(`${path}/read`, { method: 'POST', token: host })).status).toBe(404);
    await api.request(path, { method: 'DELETE', token: host });
    expect((await list(ann)).body).toMatchObject({ items: [{ id, isRead: false }] });
    expect((await api.request('/v1/notifications')).status).toBe(401);
    const rubbish = await api.request('/v1/notifications/rubbish/read', {
      method: 'POST',
      token: ann,
    });
    expect(rubbish.status).toBe(404);
  });
});

describe('a mention', () => {
  test('notifies members who are not in the room, and nobody else (SPEC 5.9)', async () => {
    const present = await api.signUp('Pia');
    const outsider = await api.signUp('Otto');
    const gone = await enterRoom(api, room.id, ann);
    await enterRoom(api, room.id, present.accessToken);
    const speaker = await enterRoom(api, room.id, host);
    await gone.client.request('room.leave', {});
    await gone.client.closed();
    await speaker.client.request('chat.send', {
      messageId: randomUUID(),
      text: 'Where are you, Ann?',
      mentions: [annId, present.user.id, outsider.user.id, hostId, randomUUID()],
    });
    expect((await list(ann)).body.items).toMatchObject([
      {
        type: 'message',
        title: 'Hanna Example mentioned you in Retro',
        message: 'Where are you, Ann?',
        senderId: hostId,
        roomId: room.id,
      },
    ]);
    for (const token of [present.accessToken, outsider.accessToken, host]) {
      expect((await list(token)).body.items).toEqual([]);
    }
  });
});

describe('an announcement', () => {
  test('reaches everybody with an account, from administrators only', async () => {
    const admin = await api.signUp('Ada');
    const body = { title: 'Maintenance', message: 'Tonight at ten.' };
    const announce = () =>
      api.request<{ recipients: number }>('/v1/admin/announcements', {
        token: admin.accessToken,
        body,
      });
    expect((await announce()).status).toBe(403);
    await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [admin.user.id]);
    const window = await connect(ann);
    const answer = await announce();
    expect(answer.status).toBe(200);
    expect(answer.body.recipients).toBeGreaterThan(2);
    expect((await list(ann)).body.items).toMatchObject([{ type: 'system', ...body }]);
    expect(await window.next('notification')).toMatchObject(body);
  });
});

describe('a reminder', () => {
  test('comes once, before the meeting starts, to the host and the invited', async () => {
    const window = await connect(ann);
    const later = await api.createRoom(host, { scheduledAt: '2999-01-01T00:00:00Z', name: 'Far' });
    await invite(host, { email: annEmail });
    await api.stores.owner.query(
      `UPDATE rooms SET scheduled_at = NOW() + interval '10 minutes' WHERE id = $1`,
      [room.id],
    );
    const live = await openLiveNotifications(
      api.stores.redis,
      { notify: () => undefined, markRead: () => undefined, lookAgain: () => undefined },
      silentLogger,
    );
    const job = createReminderJob(api.stores.database, live);
    expect(await job.run()).toEqual({ reminded: 2 });
    expect(await job.run()).toBeUndefined();
    await live.close();
    const { body } = await list(ann);
    expect(body.items[0]).toMatchObject({
      type: 'meeting_reminder',
      roomId: room.id,
      title: 'Retro',
    });
    expect(await window.next('notification', 2)).toEqual(body.items[0]);
    expect((await list(host)).body.items.map(({ roomId }) => roomId)).not.toContain(later.id);
  });
});

describe('the personal namespace', () => {
  test('says first how much is unread (SPEC 7.1)', async () => {
    await invite(host, { email: annEmail });
    const client = await connect(ann);
    expect(client.received).toEqual([{ event: 'welcome', message: { unreadCount: 1 } }]);
  });

  test.each([
    ['a wrong token', { protocol: 1, token: 'x' }, 'unauthorized'],
    ['another version', { protocol: 99, token: 'x' }, 'unsupported_protocol'],
    ['no handshake', {}, 'invalid_request'],
    ['more than a handshake', { protocol: 1, token: 'x', more: 1 }, 'invalid_request'],
  ])('refuses %s, and closes (SPEC 7.1)', async (_what, auth, code) => {
    const client = new PersonalClient(api.url, '', auth);
    expect((await client.next('refused')).code).toBe(code);
    await client.closed();
    expect(client.received).toHaveLength(1);
  });

  test('takes no requests (SPEC 7.4)', async () => {
    const client = await connect(ann);
    client.socket.emit('chat.send', {});
    expect(await client.next('goodbye')).toMatchObject({ reason: 'protocol_violation' });
    await client.closed();
  });

  test('ends with the session of its token, within a second (SPEC 7.5)', async () => {
    const client = await connect(ann);
    const other = (
      await api.request<{ accessToken: string }>('/v1/auth/sign-in', {
        body: { email: annEmail, password: 'correct horse' },
      })
    ).body.accessToken;
    const stays = await connect(other);
    const startedAt = performance.now();
    await api.request('/v1/users/me/sessions', { method: 'DELETE', token: other });
    expect(await client.next('goodbye')).toEqual({ reason: 'session_revoked' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await client.closed();
    await expect(new PersonalClient(api.url, ann).next('refused')).resolves.toMatchObject({
      code: 'unauthorized',
    });
    expect(stays.socket.connected).toBe(true);
  });

  test('hears of notifications that another server made (SPEC 7.2)', async () => {
    const client = await connect(ann);
    const elsewhere = await openLiveNotifications(
      api.stores.redis,
      { notify: () => undefined, markRead: () => undefined, lookAgain: () => undefined },
      silentLogger,
    );
    const notification: Notification = {
      id: randomUUID(),
      type: 'system',
      title: 'From afar',
      message: 'Hello',
      isRead: false,
      roomId: null,
      senderId: null,
      createdAt: new Date().toISOString(),
    };
    await elsewhere.tell([{ userId: annId, notification }]);
    expect(await client.next('notification')).toEqual(notification);
    await elsewhere.close();
  });
});
