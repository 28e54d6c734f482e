import { randomUUID } from 'node:crypto';
import type { ChatMessage, ErrorAnswer, Page, Room } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';

let api: TestApi;
let host: string;
let user: string;
let stranger: string;
let room: Room;
let ann: Member;
let guest: Member;
beforeAll(async () => {
  api = await startTestApi();
  host = (await api.signUp('Hanna')).accessToken;
  user = (await api.signUp('Ann')).accessToken;
  stranger = (await api.signUp('Sam')).accessToken;
});
afterAll(() => api.close());
beforeEach(async () => {
  room = await api.createRoom(host);
  ann = await enterRoom(api, room.id, user);
  guest = await enterRoom(api, room.id);
});

const path = (rest = '') => `/v1/rooms/${room.id}${rest}`;

function say(token: string, text: string, messageId: string = randomUUID()) {
  return api.request<ChatMessage & ErrorAnswer>(path('/messages'), {
    token,
    body: { messageId, text },
  });
}

function edit(token: string, messageId: string, text: string) {
  return api.request<ChatMessage & ErrorAnswer>(path(`/messages/${messageId}`), {
    method: 'PATCH',
    token,
    body: { text },
  });
}

function remove(token: string, messageId: string) {
  return api.request<ChatMessage & ErrorAnswer>(path(`/messages/${messageId}`), {
    method: 'DELETE',
    token,
  });
}

function history(token: string, query = '') {
  return api.request<Page<ChatMessage> & ErrorAnswer>(path(`/messages${query}`), { token });
}

function upload(
  token: string,
  content: string | Buffer,
  options: { readonly name?: string; readonly type?: string; readonly messageId?: string } = {},
) {
  const { name = 'notes.txt', type = 'text/plain', messageId = randomUUID() } = options;
  return fetch(`${api.url}${path(`/files/${messageId}`)}?name=${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: content,
  });
}

async function sendFile(token: string, content: string, name?: string): Promise<ChatMessage> {
  const answer = await upload(token, content, name === undefined ? {} : { name });
  expect(answer.status).toBe(201);
  return (await answer.json()) as ChatMessage;
}

function download(token: string, messageId: string): Promise<Response> {
  return fetch(`${api.url}${path(`/files/${messageId}`)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
}

async function countStored(): Promise<number> {
  const [row] = await api.stores.owner.query<{ count: string }>(
    'SELECT COUNT(*) AS count FROM room_messages WHERE room_id = $1 AND file_key IS NOT NULL',
    [room.id],
  );
  return Number(row?.count);
}

describe('messages over REST', () => {
  test('are told to everybody in the room, and are there for members by both ways', async () => {
    const sent = await say(user, 'Hello');
    expect(sent).toMatchObject({
      status: 201,
      body: { kind: 'text', text: 'Hello', name: 'Ann Example', file: null, editedAt: null },
    });
    expect(await guest.client.next('chatMessage')).toEqual(sent.body);
    expect((await history(guest.roomToken)).body.items).toEqual([sent.body]);
    const { messages } = await guest.client.request('chat.history', {});
    expect(messages).toEqual([sent.body]);
  });

  test('say nothing twice with the same id, and nothing in the name of another (SPEC 5.3)', async () => {
    const messageId = randomUUID();
    const first = await say(user, 'Once', messageId);
    expect((await say(user, 'Once', messageId.toUpperCase())).body).toEqual(first.body);
    expect((await say(guest.roomToken, 'Stolen', messageId)).body.error.code).toBe('conflict');
    expect((await history(user)).body.items).toEqual([first.body]);
  });

  test('are for those who are or were in the room', async () => {
    for (const answer of [
      await say(stranger, 'Hi'),
      await history(stranger),
      await edit(stranger, randomUUID(), 'x'),
      await remove(stranger, randomUUID()),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    await ann.client.request('room.leave', {});
    await ann.client.closed();
    expect((await say(user, 'From outside')).status).toBe(201);
    expect((await history(host)).status).toBe(200);
  });

  test('come in pages, newest first', async () => {
    for (const text of ['1', '2', '3']) {
      await say(user, text);
    }
    const first = await history(user, '?limit=2');
    expect(first.body.items.map(({ text }) => text)).toEqual(['3', '2']);
    const second = await history(user, `?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ text }) => text)).toEqual(['1']);
    expect(second.body.nextCursor).toBeNull();
    expect((await history(user, '?cursor=nonsense')).status).toBe(400);
  });

  test('end with the meeting; what was said can still be read and taken back', async () => {
    const { body } = await say(user, 'Bye');
    await api.request(path('/end'), { method: 'POST', token: host });
    expect((await say(user, 'Late')).body.error.code).toBe('room_ended');
    expect((await edit(user, body.messageId, 'Late')).body.error.code).toBe('room_ended');
    expect((await remove(user, body.messageId)).body.deletedAt).toEqual(expect.any(String));
  });
});

describe('editing', () => {
  test('changes a text of one’s own, for everybody (SPEC 5.4)', async () => {
    const { body } = await say(user, 'Helo');
    const edited = await edit(user, body.messageId, 'Hello');
    expect(edited.body).toEqual({ ...body, text: 'Hello', editedAt: expect.any(String) });
    expect(await guest.client.next('chatMessageUpdated')).toEqual(edited.body);
    expect((await history(user)).body.items).toEqual([edited.body]);
    const viaSocket = await ann.client.request('chat.edit', {
      messageId: body.messageId,
      text: 'Hello!',
    });
    expect(viaSocket.message.text).toBe('Hello!');
  });

  test('is nobody else’s, moderators included', async () => {
    const { body } = await say(user, 'Mine');
    expect((await edit(guest.roomToken, body.messageId, 'Yours')).status).toBe(403);
    expect((await edit(host, body.messageId, 'Yours')).status).toBe(403);
    await expect(
      guest.client.request('chat.edit', { messageId: body.messageId, text: 'Yours' }),
    ).rejects.toThrow('forbidden');
    expect((await history(user)).body.items).toEqual([body]);
  });

  test('finds nothing that is not in this room, or was deleted, and no files', async () => {
    const { body } = await say(user, 'Here');
    await remove(user, body.messageId);
    expect((await edit(user, body.messageId, 'x')).body.error.code).toBe('not_found');
    expect((await edit(user, randomUUID(), 'x')).body.error.code).toBe('not_found');
    expect((await edit(user, 'rubbish', 'x')).body.error.code).toBe('not_found');
    const file = await sendFile(user, 'text');
    expect((await edit(user, file.messageId, 'x')).body.error.code).toBe('conflict');
  });
});

describe('deleting', () => {
  test('leaves nothing of what was said but that it was (SPEC 5.5)', async () => {
    const { body } = await say(user, 'Secret');
    const deleted = await remove(user, body.messageId);
    expect(deleted.body).toEqual({ ...body, text: '', deletedAt: expect.any(String) });
    expect(await guest.client.next('chatMessageDeleted')).toEqual(deleted.body);
    expect((await history(guest.roomToken)).body.items).toEqual([deleted.body]);
    expect((await remove(user, body.messageId)).body).toEqual(deleted.body);
    expect(guest.client.all('chatMessageDeleted')).toHaveLength(1);
    const rows = await api.stores.owner.query<{ message: string }>(
      'SELECT message FROM room_messages WHERE id = $1',
      [body.messageId],
    );
    expect(rows).toEqual([{ message: '' }]);
  });

  test('is the author’s, the host’s and the moderators’', async () => {
    const [first, second] = [await say(guest.roomToken, 'One'), await say(guest.roomToken, 'Two')];
    expect((await remove(user, first.body.messageId)).status).toBe(403);
    expect((await remove(host, first.body.messageId)).status).toBe(200);
    await api.request(path(`/participants/${ann.identity}`), {
      method: 'PATCH',
      token: host,
      body: { role: 'moderator' },
    });
    const answer = await ann.client.request('chat.delete', { messageId: second.body.messageId });
    expect(answer.message.deletedAt).toEqual(expect.any(String));
  });
});

describe('what the server notes', () => {
  test('is told as a system message, and is nobody’s to change (SPEC 5.7)', async () => {
    await api.request(path(), { method: 'PATCH', token: host, body: { name: 'Hall' } });
    const note = await guest.client.next('chatMessage');
    expect(note).toMatchObject({
      kind: 'system',
      name: 'Hanna Example',
      text: 'renamed the room to Hall',
    });
    expect((await edit(host, note.messageId, 'x')).body.error.code).toBe('conflict');
    expect((await remove(host, note.messageId)).body.error.code).toBe('forbidden');
    await api.request(path('/end'), { method: 'POST', token: host });
    const texts = (await history(user)).body.items.map(({ text }) => text);
    expect(texts).toEqual(['ended the meeting', 'renamed the room to Hall']);
  });
});

describe('files', () => {
  test('are sent by members, told to everybody, and saved by members (SPEC 5.7)', async () => {
    const sent = await sendFile(guest.roomToken, 'Grüße\n', 'Übersicht “neu”.txt');
    expect(sent).toMatchObject({
      kind: 'file',
      text: '',
      file: { name: 'Übersicht “neu”.txt', type: 'text/plain', sizeBytes: 8 },
    });
    expect(await ann.client.next('chatMessage')).toEqual(sent);
    const answer = await download(user, sent.messageId);
    expect(await answer.text()).toBe('Grüße\n');
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename=.*filename\*=UTF-8''%C3%9Cbersicht/,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('are nobody else’s to save', async () => {
    const { messageId } = await sendFile(user, 'secret');
    expect((await download(stranger, messageId)).status).toBe(403);
    expect((await fetch(`${api.url}${path(`/files/${messageId}`)}`)).status).toBe(401);
    const elsewhere = await enterRoom(api, (await api.createRoom(host)).id);
    expect((await download(elsewhere.roomToken, messageId)).status).toBe(403);
    const other = await fetch(
      `${api.url}/v1/rooms/${elsewhere.joined.room.id}/files/${messageId}`,
      { headers: { authorization: `Bearer ${elsewhere.roomToken}` } },
    );
    expect(other.status).toBe(404);
    expect((await upload(stranger, 'mine')).status).toBe(403);
  });

  test('with the same id are sent once', async () => {
    const messageId = randomUUID();
    const [first, second] = await Promise.all([
      upload(user, 'same', { messageId }),
      upload(user, 'same', { messageId }),
    ]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await first.json()).toEqual(await second.json());
    expect((await upload(guest.roomToken, 'other', { messageId })).status).toBe(409);
    expect(await countStored()).toBe(1);
    expect(guest.client.all('chatMessage')).toHaveLength(1);
  });

  test.each(['text/html', 'image/svg+xml', 'application/javascript', '', 'text/plain2'])(
    'of the type %s are refused',
    async (type) => {
      const answer = await upload(user, '<script>alert(1)</script>', { type });
      expect(answer.status).toBe(415);
      expect(await answer.json()).toMatchObject({ error: { code: 'unsupported_file_type' } });
      expect(await countStored()).toBe(0);
    },
  );

  test('that are too large are refused, whether they say so or not', async () => {
    const large = Buffer.alloc(1_000_001);
    expect((await upload(user, large)).status).toBe(413);
    const silent = await fetch(`${api.url}${path(`/files/${randomUUID()}`)}?name=x`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user}`, 'content-type': 'text/plain' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(silent.status).toBe(413);
    expect(await countStored()).toBe(0);
    expect((await upload(user, Buffer.alloc(1_000_000))).status).toBe(201);
  });

  test('whose upload breaks off leave nothing behind', async () => {
    const controller = new AbortController();
    const messageId = randomUUID();
    const body = new ReadableStream({
      async pull(stream) {
        stream.enqueue(new Uint8Array(1_000));
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    const uploading = fetch(`${api.url}${path(`/files/${messageId}`)}?name=x`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user}`, 'content-type': 'text/plain' },
      body,
      duplex: 'half',
      signal: controller.signal,
    } as RequestInit);
    setTimeout(() => controller.abort(), 100);
    await expect(uploading).rejects.toThrow();
    expect((await say(user, 'still here')).status).toBe(201);
    expect(await countStored()).toBe(0);
  });

  test('go with their message', async () => {
    const { messageId } = await sendFile(user, 'gone');
    const [row] = await api.stores.owner.query<{ file_key: string }>(
      'SELECT file_key FROM room_messages WHERE id = $1',
      [messageId],
    );
    expect((await remove(host, messageId)).body.file).toBeNull();
    expect((await download(user, messageId)).status).toBe(404);
    expect(await api.files.open(row?.file_key ?? '')).toBeUndefined();
  });

  test('are the host’s to forbid', async () => {
    await api.request(path('/settings/files_enabled'), {
      method: 'PUT',
      token: host,
      body: { value: false },
    });
    expect((await upload(user, 'no')).status).toBe(403);
    expect((await upload(host, 'yes')).status).toBe(201);
    expect((await say(user, 'words')).status).toBe(201);
  });

  test.each(['', 'a\nb', 'x'.repeat(256)])('refuse the name %j', async (name) => {
    expect((await upload(user, 'x', { name })).status).toBe(400);
  });

  test('can be sent by a guest whose first token is too old, with a new one (SPEC 5.6)', async () => {
    const { token } = await guest.client.request('room.token', {});
    api.world.now += 5 * 60_000;
    const later = await guest.client.request('room.token', {});
    api.world.now += 6 * 60_000;
    expect((await upload(token, 'old')).status).toBe(401);
    expect((await upload(later.token, 'new')).status).toBe(201);
    api.world.now -= 11 * 60_000;
  });
});
