import { randomUUID } from 'node:crypto';
import type { ChatMessage, Identity } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { MAX_UNACKNOWLEDGED } from './line.ts';
import { ReturningClient, resumableHandshake } from './testing/returning-client.ts';
import { handshakeOf, type TestClient } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

/** A client comes back within it, however busy the machine is. */
const GRACE_MS = 20_000;
/** For those who wait until it is over. */
const SHORT_GRACE_MS = 2_000;

let server: TestSignalling;
let roomId: string;
/** Somebody else in the room, who hears what becomes of Ann. */
let witness: Guest;
let identity: Identity;
let token: string;
let ann: ReturningClient;

/** The servers, by how long a client of theirs may be away. */
const servers = new Map<number, TestSignalling>();

beforeAll(async () => {
  for (const graceMs of [GRACE_MS, SHORT_GRACE_MS]) {
    servers.set(graceMs, await createTestSignalling({ graceMs }));
  }
});
afterAll(async () => {
  for (const one of servers.values()) await one.close();
});

beforeEach(() => meet(GRACE_MS));

/** Ann and the witness in a room of a server where one may be away so long. */
async function meet(graceMs: number): Promise<void> {
  server = servers.get(graceMs) ?? expect.fail('there is no such server');
  roomId = await server.addRoom();
  witness = await server.enter(roomId);
  identity = await server.addUser('Ann');
  token = server.tokenFor(roomId, identity);
  ann = await ReturningClient.enter(server, token);
  await witness.client.until((client) => client.changes().length === 1);
}

function stayOfAnn() {
  const stay = server.sessions.findStay(roomId, identity);
  if (stay === undefined) throw new Error('Ann is not in the room');
  return stay;
}

async function codeOf(client: TestClient): Promise<string> {
  const { code } = await client.next('refused');
  await client.until(({ socket }) => !socket.connected);
  return code;
}

/** What the witness heard of Ann after she came. */
function heard(): string[] {
  return witness.client
    .changes()
    .slice(1)
    .map((change) => (change.type === 'participantLeft' ? change.reason : change.type));
}

const say = (text: string) =>
  witness.client.request('chat.send', { messageId: randomUUID(), text });

function textsOf({ received }: ReturningClient): string[] {
  return received.flatMap(({ event, message }) =>
    event === 'chatMessage' ? [(message as ChatMessage).text] : [],
  );
}

/** A stream of private messages and broadcasts to Ann, as fast as it goes. */
async function stream(count: number, between: (index: number) => Promise<void>): Promise<string[]> {
  const told: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const text = `message ${index}`;
    told.push(text);
    const message = { ...MESSAGE, messageId: randomUUID(), text };
    if (index % 2 === 0) stayOfAnn().connection.send('chatMessage', message);
    else server.broadcast(roomId, 'chatMessage', message, []);
    await between(index);
  }
  return told;
}

const MESSAGE = {
  kind: 'text',
  identity: 'somebody',
  name: 'Somebody',
  toIdentity: null,
  file: null,
  sentAt: '2026-01-31T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
} as const;

describe('a client that can resume', () => {
  test('is told how long its stay lives on, and one that cannot that it does not (SPEC 8.1)', async () => {
    expect((await ann.current.next('joined')).graceMs).toBe(GRACE_MS);
    expect(witness.joined.graceMs).toBe(0);
  });

  test('loses its socket and keeps seat and media; nobody hears of it (SPEC 8.1)', async () => {
    const stay = stayOfAnn();
    ann.cut();
    await say('are you there?');
    expect(heard()).toEqual([]);
    expect(server.media.participantIds).toContain(ann.participantId);
    expect(await server.seats.hasSeat(roomId, identity, 1)).toBe(true);
    await ann.comeBack().next('recovered');
    await expect.poll(() => textsOf(ann)).toEqual(['are you there?']);
    expect(stayOfAnn()).toBe(stay);
  });

  test('and is back does not leave when the grace that had begun would be over (SPEC 8.1)', async () => {
    await meet(SHORT_GRACE_MS);
    ann.cut();
    await ann.comeBack().next('recovered');
    await new Promise((resolve) => setTimeout(resolve, SHORT_GRACE_MS + 100));
    expect(heard()).toEqual([]);
    expect(await ann.current.request('chat.history', {})).toMatchObject({ before: null });
  });

  test('and does not come back leaves when its grace is over (SPEC 8.1, 8.5)', async () => {
    await meet(SHORT_GRACE_MS);
    const cutAt = performance.now();
    ann.cut();
    await witness.client.until(() => heard().length > 0);
    expect(heard()).toEqual(['signal_close']);
    expect(performance.now() - cutAt).toBeGreaterThan(SHORT_GRACE_MS - 50);
    expect(server.media.participantIds).not.toContain(ann.participantId);
    await new Promise((resolve) => setTimeout(resolve, SHORT_GRACE_MS));
    expect(await codeOf(ann.comeBack())).toBe('stay_over');
  });

  test('leaves earlier when its media is lost as well (SPEC 8.1)', async () => {
    const { send, receive } = stayOfAnn().transports;
    const lose = (transportId = '') =>
      server.media.events.emit('transportFailed', {
        participantId: ann.participantId,
        transportId,
      });
    const cutAt = performance.now();
    lose(send?.transportId);
    ann.cut();
    await say('one transport is left');
    expect(heard()).toEqual([]);
    lose(receive?.transportId);
    await witness.client.until(() => heard().length > 0);
    expect(performance.now() - cutAt).toBeLessThan(GRACE_MS);
  });

  test('whose path was found anew is not held for lost (SPEC 8.10)', async () => {
    const { send, receive } = stayOfAnn().transports;
    for (const transportId of [send?.transportId ?? '', receive?.transportId ?? '']) {
      server.media.events.emit('transportFailed', {
        participantId: ann.participantId,
        transportId,
      });
      await ann.current.request('transport.restartIce', { transportId });
    }
    ann.cut();
    await say('still here?');
    expect(heard()).toEqual([]);
    await ann.comeBack().next('recovered');
  });

  test('that leaves is gone at once, with or without a request (SPEC 4.4)', async () => {
    const leftAt = performance.now();
    ann.current.close();
    await witness.client.until(() => heard().length > 0);
    expect(heard()).toEqual(['client_initiated']);
    expect(performance.now() - leftAt).toBeLessThan(GRACE_MS);
  });

  test('and one that cannot is gone with its socket (SPEC 4.4)', async () => {
    const old = server.open(handshakeOf(server.tokenFor(roomId, await server.addUser('Old'))));
    await old.next('joined');
    const cutAt = performance.now();
    old.socket.io.engine.close();
    await witness.client.until(() => heard().includes('signal_close'));
    expect(performance.now() - cutAt).toBeLessThan(GRACE_MS);
  });
});

describe('what is missed', () => {
  test('comes once, in order, and nothing else does, however often the socket is cut (SPEC 8.2)', async () => {
    const told = await stream(400, async (index) => {
      if (index % 23 === 7) {
        ann.cut();
      }
      if (index % 23 === 15) {
        await ann.comeBack().next('recovered');
      }
      // Some go out and are lost on their way, some arrive.
      if (index % 5 === 0) await new Promise(setImmediate);
    });
    await ann.comeBack().next('recovered');
    await expect.poll(() => textsOf(ann).at(-1)).toBe(told.at(-1));
    expect(textsOf(ann)).toEqual(told);
  });

  test('comes over a socket that opens while the server takes the last one for alive (SPEC 8.4)', async () => {
    const former = ann.current;
    former.socket.offAny();
    await stream(10, async () => undefined);
    await ann.comeBack().next('recovered');
    await expect.poll(() => textsOf(ann)).toHaveLength(10);
    await former.until(({ socket }) => !socket.connected);
    await say('to the new one only');
    await expect.poll(() => textsOf(ann)).toHaveLength(11);
    expect(heard()).toEqual([]);
  });

  test('is kept until a heartbeat says that it arrived, and no longer (SPEC 8.9)', async () => {
    const line = stayOfAnn().connection as unknown as { readonly unacknowledged: number };
    await stream(50, async () => undefined);
    expect(line.unacknowledged).toBeGreaterThanOrEqual(50);
    await expect.poll(() => line.unacknowledged).toBe(0);
  });

  test('and is more than the server keeps ends the stay for its client (SPEC 8.5)', async () => {
    ann.cut();
    await stream(MAX_UNACKNOWLEDGED + 1, async () => undefined);
    expect(await codeOf(ann.comeBack())).toBe('stay_over');
    const again = server.open(resumableHandshake(token));
    expect((await again.next('joined')).self.participantId).not.toBe(ann.participantId);
  });

  test('cannot be more than was sent', async () => {
    const { participantId } = ann;
    ann.cut();
    expect(await codeOf(ann.comeBack(token, { participantId, received: 5 }))).toBe('stay_over');
  });
});

describe('coming back', () => {
  test('needs a token as good as for a join, of the same person and room (SPEC 8.3)', async () => {
    ann.cut();
    const { participantId } = ann;
    const resume = { participantId, received: 0 };
    const stranger = server.tokenFor(roomId, await server.addUser('Mallory'));
    const elsewhere = server.tokenFor(await server.addRoom(), identity);
    expect(await codeOf(ann.comeBack('expired'))).toBe('token_expired');
    expect(await codeOf(ann.comeBack('forged'))).toBe('unauthorized');
    expect(await codeOf(ann.comeBack(stranger, resume))).toBe('stay_over');
    expect(await codeOf(ann.comeBack(elsewhere, resume))).toBe('stay_over');
    const newer = server.tokenFor(roomId, identity);
    await ann.comeBack(newer, resume).next('recovered');
    expect(heard()).toEqual([]);
  });

  test('brings back requests whose replies were lost, to the same effect (SPEC 8.7)', async () => {
    const messageId = randomUUID();
    const params = { messageId, text: 'once' };
    void ann.current.ask('chat.send', params).catch(() => undefined);
    await witness.client.next('chatMessage');
    ann.cut();
    const { message } = await ann.comeBack().request('chat.send', params);
    expect(message.messageId).toBe(messageId);
    await say('after it');
    await witness.client.until((client) => client.all('chatMessage').length > 1);
    expect(witness.client.all('chatMessage').map(({ text }) => text)).toEqual(['once', 'after it']);
  });

  test('does not make a client’s rates new (SPEC 8.8)', async () => {
    for (let index = 0; index < 230; index += 1) {
      void ann.current.ask('chat.history', {}).catch(() => undefined);
    }
    ann.cut();
    await ann.comeBack().next('recovered');
    const replies = await Promise.all(
      Array.from({ length: 230 }, () => ann.current.ask('chat.history', {})),
    );
    const refused = replies.filter((reply) => !reply.ok && reply.error.code === 'rate_limited');
    expect(refused.length).toBeGreaterThan(100);
  });

  test('again and again is refused in the end (SPEC 8.8)', async () => {
    for (;;) {
      ann.cut();
      const client = ann.comeBack();
      await client.until(({ received }) => received.length > 0);
      const [refusal] = client.all('refused');
      if (refusal !== undefined) {
        expect(refusal).toMatchObject({ code: 'rate_limited', retryable: true });
        return;
      }
    }
  });
});

describe('what happens to a stay whose client is away', () => {
  test.each([
    ['the meeting is over', 'room_closed', () => server.sessions.closeRoom(roomId)],
    [
      'its session is ended',
      'session_revoked',
      () => server.sessions.end(stayOfAnn(), 'session_revoked', new AppError('unauthorized')),
    ],
    ['the room’s media is lost', 'media_failure', () => server.media.loseRoom(roomId)],
  ] as const)('counts: %s (SPEC 8.6)', async (_what, reason, act) => {
    ann.cut();
    act();
    await expect.poll(() => server.sessions.findStay(roomId, identity)).toBeUndefined();
    const client = ann.comeBack();
    expect((await client.next('goodbye')).reason).toBe(reason);
    expect(client.received[0]?.event).toBe('recovered');
    await client.until(({ socket }) => !socket.connected);
  });

  test('counts: the same person joins on another device (SPEC 8.6, 1.6)', async () => {
    ann.cut();
    const phone = server.open(resumableHandshake(server.tokenFor(roomId, identity)));
    await phone.next('joined');
    expect((await ann.comeBack().next('goodbye')).reason).toBe('duplicate_identity');
    await witness.client.until(() => heard().length === 2);
    expect(heard()).toEqual(['duplicate_identity', 'participantJoined']);
    expect(phone.socket.connected).toBe(true);
  });

  test('counts: its role becomes another one (SPEC 8.6)', async () => {
    ann.cut();
    server.sessions.setRole(roomId, identity, 'moderator', stayOfAnn().ticket.grants);
    expect((await ann.comeBack().next('roleChanged')).role).toBe('moderator');
  });

  test('counts: others come and go, and it gets the changes (SPEC 8.2)', async () => {
    ann.cut();
    const bob = await server.enter(roomId);
    bob.client.close();
    await witness.client.until(() => heard().length === 2);
    const client = ann.comeBack();
    await client.until(() => client.changes().length === 2);
    expect(client.changes().map(({ type }) => type)).toEqual([
      'participantJoined',
      'participantLeft',
    ]);
  });
});
