import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { createAttendance } from '../sessions/attendance.ts';
import { type Actor, ALL_GRANTS, Scene } from '../sessions/testing/scene.ts';
import { Chat } from './chat.ts';
import { createTestMessages, type TestMessages } from './testing/test-messages.ts';

let stores: TestStores;
let scene: Scene;
let chat: Chat;
let testMessages: TestMessages;
let roomId: string;
let ann: Actor;
let ben: Actor;

beforeAll(async () => {
  stores = await createTestStores();
});

afterAll(() => stores.close());

beforeEach(async () => {
  scene = new Scene({ attendance: createAttendance(stores.database) });
  testMessages = await createTestMessages(stores, scene.hub.broadcast, scene.sessions);
  chat = new Chat(testMessages.messages, scene.sessions);
  const [annId, benId] = [await addUser('Ann', 'Lee'), await addUser('Ben', '')];
  roomId = await addRoom(annId);
  ann = await scene.join(annId, scene.ticket(annId, roomId));
  ben = await scene.join(benId, scene.ticket(benId, roomId));
});

afterEach(() => testMessages.close());

async function addUser(firstName: string, lastName: string): Promise<string> {
  const [row] = await stores.owner.query<{ id: string }>(
    `INSERT INTO users (first_name, last_name, kind) VALUES ($1, $2, 'guest') RETURNING id`,
    [firstName, lastName],
  );
  return row?.id ?? '';
}

async function addRoom(hostId: string): Promise<string> {
  const [row] = await stores.owner.query<{ id: string }>(
    `INSERT INTO rooms (name, host_id) VALUES ('Hall', $1) RETURNING id`,
    [hostId],
  );
  return row?.id ?? '';
}

function say(actor: Actor, text: string, messageId: string = randomUUID()) {
  return chat.send(actor.stay, { messageId, text });
}

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

describe('sending to one person', () => {
  const whisper = (from: Actor, to: string, messageId: string = randomUUID()) =>
    chat.send(from.stay, { messageId, text: 'psst', to });
  let cat: Actor;

  beforeEach(async () => {
    const id = await addUser('Cat', '');
    cat = await scene.join(id, scene.ticket(id, roomId));
  });

  test('is heard and read by the two only, whatever becomes of the message (SPEC 5.10)', async () => {
    const { identity } = cat.stay.ticket;
    const message = await whisper(ben, identity);
    expect(message).toMatchObject({ toIdentity: identity, text: 'psst' });
    const { messageId } = message;
    const edited = await chat.edit(ben.stay, { messageId, text: 'pssst' });
    // The host reads it as little as anybody else, and cannot take it away.
    await expect(chat.remove(ann.stay, { messageId })).rejects.toEqual(code('not_found'));
    for (const { stay, client } of [ben, cat]) {
      expect(client.all('chatMessage')).toEqual([message]);
      expect(client.all('chatMessageUpdated')).toEqual([edited]);
      expect((await chat.history(stay, {})).messages).toEqual([edited]);
    }
    await chat.remove(ben.stay, { messageId });
    expect(cat.client.all('chatMessageDeleted')).toHaveLength(1);
    for (const event of ['chatMessage', 'chatMessageUpdated', 'chatMessageDeleted'] as const) {
      expect(ann.client.all(event)).toEqual([]);
    }
    expect((await chat.history(ann.stay, {})).messages).toEqual([]);
  });

  test('takes somebody else who is or was in the room (SPEC 5.10)', async () => {
    const { identity } = cat.stay.ticket;
    await scene.sessions.recordArrival(cat.stay);
    scene.sessions.end(cat.stay, 'client_initiated');
    const { messageId } = await whisper(ben, identity);
    await expect(whisper(ben, await addUser('Dan', ''))).rejects.toEqual(code('not_found'));
    await expect(whisper(ben, 'nobody')).rejects.toEqual(code('not_found'));
    await expect(whisper(ben, ben.stay.ticket.identity)).rejects.toEqual(code('invalid_request'));
    // The id is taken: by a message to somebody else.
    await expect(whisper(ben, ann.stay.ticket.identity, messageId)).rejects.toEqual(
      code('conflict'),
    );
    expect(ann.client.all('chatMessage')).toEqual([]);
  });

  test('does not find who is there without being told of (SPEC 16.5)', async () => {
    const id = await addUser('Eve', '');
    await scene.join(id, scene.ticket(id, roomId, { ...ALL_GRANTS, hidden: true }));
    await expect(whisper(ben, id)).rejects.toEqual(code('not_found'));
  });
});

describe('sending', () => {
  test('stores the message and tells everybody, the author included (SPEC 5.1)', async () => {
    const messageId = randomUUID();
    const message = await say(ann, "Hello'); DROP TABLE room_messages; --", messageId);
    expect(message).toMatchObject({
      messageId,
      identity: ann.stay.ticket.identity,
      name: ann.stay.ticket.name,
      text: "Hello'); DROP TABLE room_messages; --",
    });
    expect(ann.client.all('chatMessage')).toEqual([message]);
    expect(ben.client.all('chatMessage')).toEqual([message]);
    const history = await chat.history(ben.stay, {});
    expect(history.messages).toEqual([message]);
  });

  test('again with the same id stores and tells one message (SPEC 2.7)', async () => {
    const messageId = randomUUID();
    const answers = await Promise.all([
      say(ann, 'once', messageId),
      say(ann, 'once', messageId),
      say(ann, 'twice', messageId),
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(ben.client.all('chatMessage')).toHaveLength(1);
  });

  test("with the id of somebody else's message is answered conflict (SPEC 5.3)", async () => {
    const { messageId } = await say(ann, 'mine');
    await expect(say(ben, 'stolen', messageId)).rejects.toEqual(code('conflict'));
    const { messages } = await chat.history(ben.stay, {});
    expect(messages.map(({ text }) => text)).toEqual(['mine']);
  });

  test('with the id of a message in another room is answered conflict and shows nothing', async () => {
    const { messageId } = await say(ann, 'secret');
    const elsewhere = await addRoom(ann.stay.ticket.identity);
    const { identity } = ann.stay.ticket;
    const same = await scene.join(identity, scene.ticket(identity, elsewhere));
    await expect(say(same, 'secret', messageId)).rejects.toEqual(code('conflict'));
    expect(same.client.all('chatMessage')).toEqual([]);
  });

  test('keeps the order in which one person speaks (SPEC 2.2)', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    await Promise.all(texts.map((text) => say(ann, text)));
    expect(ben.client.all('chatMessage').map(({ text }) => text)).toEqual(texts);
    const { messages } = await chat.history(ann.stay, {});
    expect(messages.map(({ text }) => text)).toEqual(texts);
  });

  test('needs the grant data (SPEC 2.6)', async () => {
    const identity = await addUser('Carl', '');
    const mute = await scene.join(
      identity,
      scene.ticket(identity, roomId, { ...ALL_GRANTS, data: false }),
    );
    await expect(say(mute, 'psst')).rejects.toEqual(code('forbidden'));
  });
});

describe('history', () => {
  test('comes in pages, the newest first and the oldest line first in each', async () => {
    for (let line = 1; line <= 7; line += 1) {
      await say(line % 2 === 0 ? ann : ben, `line ${line}`);
    }
    const pages: string[][] = [];
    let before: string | undefined;
    do {
      const page = await chat.history(ann.stay, { limit: 3, before });
      pages.push(page.messages.map(({ text }) => text));
      before = page.before ?? undefined;
    } while (before !== undefined);
    expect(pages).toEqual([
      ['line 5', 'line 6', 'line 7'],
      ['line 2', 'line 3', 'line 4'],
      ['line 1'],
    ]);
  });

  test('keeps, with the name, what somebody said who is no member any more', async () => {
    await say(ben, 'still here');
    await stores.owner.query('DELETE FROM room_participants WHERE user_id = $1', [
      ben.stay.ticket.identity,
    ]);
    scene.sessions.end(ben.stay, 'client_initiated');
    const { messages } = await chat.history(ann.stay, {});
    expect(messages).toMatchObject([{ text: 'still here', name: 'Ben' }]);
  });

  test('misses and repeats nothing where many messages share a microsecond', async () => {
    const moment = '2026-01-01T00:00:00.123456Z';
    for (let line = 0; line < 5; line += 1) {
      await stores.owner.query(
        'INSERT INTO room_messages (room_id, user_id, message, created_at) VALUES ($1, $2, $3, $4)',
        [roomId, ann.stay.ticket.identity, `line ${line}`, moment],
      );
    }
    const newest = await chat.history(ann.stay, { limit: 2 });
    const rest = await chat.history(ann.stay, { before: newest.before ?? '' });
    expect(rest.before).toBeNull();
    const texts = [...newest.messages, ...rest.messages].map(({ text }) => text);
    expect(texts.toSorted()).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
  });

  test('holds nothing of other rooms, and is there for who joins later (SPEC 5.2)', async () => {
    await say(ann, 'here');
    const elsewhere = await addRoom(ben.stay.ticket.identity);
    const stranger = await addUser('Dora', '');
    const outside = await scene.join(stranger, scene.ticket(stranger, elsewhere));
    expect(await chat.history(outside.stay, {})).toEqual({ messages: [], before: null });
    const inside = await scene.join(stranger, scene.ticket(stranger, roomId));
    expect((await chat.history(inside.stay, {})).messages.map(({ text }) => text)).toEqual([
      'here',
    ]);
  });

  test('names authors who left as their account does', async () => {
    await say(ann, 'bye');
    scene.sessions.end(ann.stay, 'client_initiated');
    expect((await chat.history(ben.stay, {})).messages).toMatchObject([{ name: 'Ann Lee' }]);
  });

  test.each([
    '',
    'rubbish',
    '["2026-01-01",1]',
    '["2026-13-01T00:00:00Z","00000000-0000-0000-0000-000000000000"]',
    '["0000-01-01T00:00:00Z","00000000-0000-0000-0000-000000000000"]',
    '["2026-01-01T00:00:00Z","nobody"]',
  ])('answers a cursor that was made of %j invalid_request', async (text) => {
    const before = Buffer.from(text).toString('base64url');
    await expect(chat.history(ann.stay, { before })).rejects.toEqual(code('invalid_request'));
  });
});
