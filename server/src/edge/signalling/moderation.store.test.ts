import type { RoomChange, RoomId } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GRANTS_OF_ROLE } from '../../features/joining/role-grants.ts';
import { createHandshakeLimits } from './handshake-limits.ts';
import { handshakeOf, type TestClient } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

/** More sockets than so may not be nobody's yet. */
const AT_ONCE = 2;

let server: TestSignalling;
let roomId: RoomId;
let host: Guest;

beforeAll(async () => {
  server = await createTestSignalling({
    doorkeeper: {
      limits: createHandshakeLimits({ perMinute: 10_000, atOnce: AT_ONCE }, () => Date.now()),
      networkOf: () => 'everybody',
    },
  });
});
beforeEach(async () => {
  roomId = await server.addRoom();
  host = await server.enterAs(roomId, 'host');
});
afterAll(() => server.close());

function knock(identity: string): TestClient {
  return server.open(handshakeOf(server.tokenFor(roomId, identity)));
}

/** What became of somebody at the door. */
async function outcome(client: TestClient): Promise<string> {
  await client.until(
    (one) => one.all('joined').length + one.all('refused').length + one.all('waiting').length > 0,
  );
  return client.all('refused')[0]?.code ?? (client.all('joined').length > 0 ? 'joined' : 'waiting');
}

async function outcomeOf(identity: string): Promise<string> {
  const client = knock(identity);
  const came = await outcome(client);
  client.close();
  return came;
}

function roomUpdates(client: TestClient): Extract<RoomChange, { type: 'roomUpdated' }>[] {
  return client.changes().flatMap((change) => (change.type === 'roomUpdated' ? [change] : []));
}

describe('a ban', () => {
  test('keeps out whom it is about, until it is lifted (SPEC 14.6)', async () => {
    const { client, joined } = await server.enterAs(roomId, 'participant');
    const { identity, participantId } = joined.self;
    await host.client.request('moderation.ban', { participantId, reason: 'Noise' });
    expect(await client.next('goodbye')).toEqual({ reason: 'participant_removed' });
    expect(await outcomeOf(identity)).toBe('banned');
    const { bans } = await host.client.request('moderation.bans', {});
    expect(bans).toMatchObject([{ identity, name: 'Guest', reason: 'Noise' }]);
    await host.client.request('moderation.unban', { identity });
    expect(await outcomeOf(identity)).toBe('joined');
  });

  test('by a moderator is written down, too, and concerns one room', async () => {
    const moderator = await server.enterAs(roomId, 'moderator');
    const { joined } = await server.enterAs(roomId, 'listener');
    const { identity, participantId } = joined.self;
    await moderator.client.request('moderation.ban', { participantId });
    expect(await outcomeOf(identity)).toBe('banned');
    roomId = await server.addRoom();
    expect(await outcomeOf(identity)).toBe('joined');
  });
});

describe('a lock', () => {
  test('keeps out who is new, and lets in those who are there, were, or lead (SPEC 14.7)', async () => {
    const [ann, ben] = await Promise.all([
      server.enterAs(roomId, 'participant'),
      server.enterAs(roomId, 'participant'),
    ]);
    await server.sessions.recordArrival(
      server.sessions.findParticipant(ben.joined.self.participantId) ?? expect.fail('Ben is gone'),
    );
    await ben.client.request('room.leave', {});
    await host.client.request('moderation.lock', { isLocked: true });
    await ann.client.until((client) => roomUpdates(client).length > 0);
    expect(roomUpdates(ann.client).at(-1)?.room).toMatchObject({ id: roomId, isLocked: true });
    expect(Object.keys(roomUpdates(ann.client).at(-1)?.room ?? {}).sort()).toEqual(
      Object.keys(ann.joined.room).sort(),
    );

    expect(await outcomeOf(await server.addUser('New'))).toBe('room_locked');
    expect(await outcomeOf(ann.joined.self.identity)).toBe('joined');
    expect(await outcomeOf(ben.joined.self.identity)).toBe('joined');
    const moderator = await server.enterAs(roomId, 'moderator');
    expect(moderator.joined.room.isLocked).toBe(true);

    await moderator.client.request('moderation.lock', { isLocked: false });
    expect(await outcomeOf(await server.addUser('New'))).toBe('joined');
  });

  test('keeps out who was there long ago, and who was sent out (SPEC 14.5, 14.7)', async () => {
    const [ann, ben] = await Promise.all([
      server.enterAs(roomId, 'participant'),
      server.enterAs(roomId, 'participant'),
    ]);
    await host.client.request('moderation.lock', { isLocked: true });
    await host.client.request('moderation.remove', {
      participantId: ann.joined.self.participantId,
    });
    expect(await outcomeOf(ann.joined.self.identity)).toBe('room_locked');
    await ben.client.request('room.leave', {});
    await expect
      .poll(async () => {
        const rows = await server.stores.owner.query(
          `UPDATE room_participants SET left_at = left_at - interval '6 minutes'
           WHERE room_id = $1 AND user_id = $2 AND left_at IS NOT NULL RETURNING 1`,
          [roomId, ben.joined.self.identity],
        );
        return rows.length;
      })
      .toBe(1);
    expect(await outcomeOf(ben.joined.self.identity)).toBe('room_locked');
  });
});

test('the spotlight is told to all, lasts, and is told to who comes (SPEC 14.9)', async () => {
  const ann = await server.enterAs(roomId, 'participant');
  const { identity } = ann.joined.self;
  await host.client.request('moderation.spotlight', { identities: [identity] });
  await ann.client.until((client) => roomUpdates(client).length > 0);
  expect(roomUpdates(ann.client).at(-1)?.room.spotlight).toEqual([identity]);
  const ben = await server.enterAs(roomId, 'participant');
  expect(ben.joined.room.spotlight).toEqual([identity]);
  expect(await host.client.ask('moderation.spotlight', { identities: ['nobody'] })).toMatchObject({
    error: { code: 'not_found' },
  });
});

test('a role is given for good (SPEC 14.8)', async () => {
  const { joined } = await server.enterAs(roomId, 'participant');
  const { identity, participantId } = joined.self;
  await host.client.request('moderation.setRole', { participantId, role: 'moderator' });
  const rows = await server.stores.owner.query(
    'SELECT role FROM room_participants WHERE room_id = $1 AND user_id = $2',
    [roomId, identity],
  );
  expect(rows).toEqual([{ role: 'moderator' }]);
});

test('a token from before a role was taken does not give it back (SPEC 14.8)', async () => {
  const identity = await server.addUser('Mo');
  const old = server.tokenFor(roomId, identity, GRANTS_OF_ROLE.moderator, null, 'moderator');
  const first = server.open(handshakeOf(old));
  const { participantId } = (await first.next('joined')).self;
  await host.client.request('moderation.setRole', { participantId, role: 'listener' });
  const again = server.open(handshakeOf(old));
  expect(await again.next('joined')).toMatchObject({
    self: { role: 'listener' },
    grants: { moderate: false, publish: { microphone: false } },
  });
  expect(await again.ask('moderation.muteAll', {})).toMatchObject({ error: { code: 'forbidden' } });
  await server.set(roomId, 'lobby_enabled', true);
  again.close();
  await host.client.until(
    (client) => client.changes().filter(({ type }) => type === 'participantLeft').length > 1,
  );
  expect(await outcome(server.open(handshakeOf(old)))).toBe('waiting');
});

test('who is just joining is sent out, too, and gets the role that they were given (SPEC 14.5, 14.8)', async () => {
  const [ann, ben] = await Promise.all([
    server.enterAs(roomId, 'participant'),
    server.enterAs(roomId, 'participant'),
  ]);
  const joins = () => server.media.commands.filter(({ command }) => command === 'join').length;
  const before = joins();
  const proceed = server.media.hold('join');
  const [annAgain, benAgain] = [knock(ann.joined.self.identity), knock(ben.joined.self.identity)];
  try {
    await expect.poll(joins).toBe(before + 2);
    await host.client.request('moderation.remove', {
      participantId: ann.joined.self.participantId,
    });
    await host.client.request('moderation.setRole', {
      participantId: ben.joined.self.participantId,
      role: 'listener',
    });
  } finally {
    proceed();
  }
  expect(await annAgain.next('goodbye')).toEqual({ reason: 'participant_removed' });
  expect(await benAgain.next('roleChanged')).toMatchObject({ role: 'listener' });
});

test('a raised hand survives a lost socket (SPEC 14.10)', async () => {
  const identity = await server.addUser('Ann');
  const token = server.tokenFor(roomId, identity);
  const client = server.open({ ...handshakeOf(token), canResume: true });
  const { self } = await client.next('joined');
  const { raisedAt } = await client.request('hand.raise', { isRaised: true });
  const received = client.received.filter(({ event }) => event !== 'joined').length;
  client.socket.io.engine.close();
  const back = server.open({
    ...handshakeOf(token),
    canResume: true,
    resume: { participantId: self.participantId, received },
  });
  await back.next('recovered');
  const { joined } = await server.enterAs(roomId, 'participant');
  expect(joined.participants).toContainEqual(
    expect.objectContaining({ participantId: self.participantId, handRaisedAt: raisedAt }),
  );
  expect(await back.request('hand.raise', { isRaised: true })).toEqual({ raisedAt });
});

test('reactions faster than a person’s are refused', async () => {
  const { client } = await server.enterAs(roomId, 'listener');
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => client.ask('reaction.send', { reaction: '👏' })),
  );
  expect(replies[0]).toMatchObject({ ok: true });
  expect(replies.at(-1)).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
});

describe('the lobby', () => {
  beforeEach(() => server.set(roomId, 'lobby_enabled', true));

  test('holds people without a seat until they are let in (SPEC 1.3, 15.1, 15.4)', async () => {
    const identity = await server.addUser('Ann');
    const client = knock(identity);
    expect(await outcome(client)).toBe('waiting');
    const { waiting } = await host.client.next('lobbyChanged');
    expect(waiting).toMatchObject([{ identity, name: 'Guest' }]);
    expect(await server.seats.findAbsent(roomId, [identity])).toEqual([identity]);
    // A request that comes too early is answered once they are in.
    const early = client.request('room.token', {});
    await host.client.request('lobby.approve', { identities: [identity] });
    await client.next('joined');
    expect((await early).token).toBeTypeOf('string');
    expect(client.received.map(({ event }) => event).slice(0, 2)).toEqual(['waiting', 'joined']);
    client.close();
    expect(await outcomeOf(identity)).toBe('joined');
  });

  test('does not count its message for who comes back later (SPEC 15.1)', async () => {
    const identity = await server.addUser('Ann');
    const token = server.tokenFor(roomId, identity);
    const client = server.open({ ...handshakeOf(token), canResume: true });
    await client.next('waiting');
    await host.client.request('lobby.approve', { identities: [identity] });
    const { self } = await client.next('joined');
    client.socket.io.engine.close();
    const back = server.open({
      ...handshakeOf(token),
      canResume: true,
      resume: { participantId: self.participantId, received: 0 },
    });
    expect(await back.next('recovered')).toEqual({ missed: 0 });
  });

  test('turns people away, by denial and by the end of the meeting (SPEC 15.5, 15.7)', async () => {
    const [ann, ben] = [await server.addUser('Ann'), await server.addUser('Ben')];
    const [first, second] = [knock(ann), knock(ben)];
    await Promise.all([first.next('waiting'), second.next('waiting')]);
    await host.client.request('lobby.deny', { identities: [ann] });
    expect(await first.next('refused')).toMatchObject({ code: 'lobby_denied' });
    server.lobby.closeRoom(roomId);
    expect(await second.next('refused')).toMatchObject({ code: 'room_ended' });
  });

  test('lets everybody in when it is turned off (SPEC 15.8)', async () => {
    const client = knock(await server.addUser('Ann'));
    await client.next('waiting');
    await server.set(roomId, 'lobby_enabled', false);
    await client.next('joined');
  });

  test('forgets who goes away, and counts no waiting socket as a handshake (SPEC 15.6)', async () => {
    const people = await Promise.all(
      Array.from({ length: AT_ONCE + 2 }, () => server.addUser('Somebody')),
    );
    const clients: TestClient[] = [];
    for (const identity of people) {
      const client = knock(identity);
      await client.next('waiting');
      clients.push(client);
    }
    for (const client of clients) {
      client.close();
    }
    await host.client.until(
      (one) =>
        one.all('lobbyChanged').length > 0 && one.all('lobbyChanged').at(-1)?.waiting.length === 0,
    );
    expect((await host.client.request('lobby.list', {})).waiting).toEqual([]);
  });

  test('bears no flood of requests from who waits', async () => {
    const client = knock(await server.addUser('Ann'));
    await client.next('waiting');
    for (let count = 0; count < 40; count += 1) {
      client.socket.emit('room.leave', {});
    }
    expect(await client.next('refused')).toMatchObject({ code: 'protocol_violation' });
    await expect
      .poll(async () => (await host.client.request('lobby.list', {})).waiting)
      .toEqual([]);
  });

  test('takes who was sent out for a stranger again (SPEC 14.5, 15.2)', async () => {
    const identity = await server.addUser('Ann');
    const client = knock(identity);
    await client.next('waiting');
    await host.client.request('lobby.approve', { identities: [identity] });
    const { self } = await client.next('joined');
    await host.client.request('moderation.remove', { participantId: self.participantId });
    await client.next('goodbye');
    expect(await outcomeOf(identity)).toBe('waiting');
  });

  test('is passed by who leads, and concerns nobody who is banned (SPEC 15.1, 15.2)', async () => {
    const moderator = await server.addUser('Mo');
    const token = server.tokenFor(roomId, moderator, GRANTS_OF_ROLE.moderator, null, 'moderator');
    expect(await outcome(server.open(handshakeOf(token)))).toBe('joined');
    const banned = await server.addUser('Eve');
    await server.stores.owner.query(
      `INSERT INTO room_bans (room_id, user_id, identity, name) VALUES ($1, $2::uuid, $2::text, 'Eve')`,
      [roomId, banned],
    );
    expect(await outcomeOf(banned)).toBe('banned');
  });
});
