import { randomUUID } from 'node:crypto';
import { LIMITS, type RoomId, type ServerMessage } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handshakeOf, type TestClient } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

let server: TestSignalling;
let roomId: RoomId;
let host: Guest;
let ann: Guest;
let ben: Guest;

beforeAll(async () => {
  server = await createTestSignalling();
});
beforeEach(async () => {
  roomId = await server.addRoom();
  host = await server.enterAs(roomId, 'host');
  ann = await server.enterAs(roomId, 'participant');
  ben = await server.enterAs(roomId, 'participant');
});
afterAll(() => server.close());

const identityOf = ({ joined }: Guest) => joined.self.identity;

/** Follows somebody who is sent to another room. */
async function follow({ client }: Guest): Promise<Guest & { moved: ServerMessage<'moved'> }> {
  const moved = await client.next('moved');
  expect(await client.next('goodbye')).toEqual({ reason: 'moved' });
  const next = server.open(handshakeOf(moved.token));
  return { client: next, joined: await next.next('joined'), moved };
}

/** Two rooms: Ann in the first, Ben in the second. */
async function split() {
  const { rooms } = await host.client.request('breakouts.create', {
    rooms: [
      { name: 'Group 1', identities: [identityOf(ann)] },
      { name: 'Group 2', identities: [identityOf(ben)] },
    ],
  });
  const [inOne, inTwo] = [await follow(ann), await follow(ben)];
  return { rooms, ann: inOne, ben: inTwo, one: rooms[0]?.id ?? '', two: rooms[1]?.id ?? '' };
}

async function statusOf(id: RoomId): Promise<string | undefined> {
  const [row] = await server.stores.owner.query<{ status: string }>(
    'SELECT status FROM rooms WHERE id = $1',
    [id],
  );
  return row?.status;
}

async function come(identity: string): Promise<TestClient> {
  const client = server.open(handshakeOf(server.tokenFor(roomId, identity)));
  await client.next('joined');
  return client;
}

describe('breakout rooms', () => {
  test('are made, and their people moved there with a token (SPEC 18.1, 18.2)', async () => {
    await server.set(roomId, 'last_n', 3);
    await server.set(roomId, 'lobby_enabled', true);
    const there = await split();
    expect(there.ann.moved).toMatchObject({
      room: { id: there.one, name: 'Group 1' },
      reason: 'breakout',
    });
    expect(there.ann.joined).toMatchObject({
      room: { id: there.one, name: 'Group 1', breakoutOf: roomId },
      self: { identity: identityOf(ann), role: 'participant' },
    });
    expect(there.ben.joined.room.id).toBe(there.two);
    await host.client.until((client) => client.all('breakoutsChanged').length > 0);
    expect(host.client.all('breakoutsChanged').at(-1)).toEqual({ rooms: there.rooms });
    expect(await host.client.request('breakouts.list', {})).toEqual({ rooms: there.rooms });
    const settings = await server.stores.owner.query(
      'SELECT setting_key, setting_value FROM room_settings WHERE room_id = $1',
      [there.one],
    );
    expect(settings).toEqual([{ setting_key: 'last_n', setting_value: '3' }]);
  });

  test('take who is assigned, and let the host go where they like (SPEC 18.3)', async () => {
    const there = await split();
    await host.client.request('breakouts.assign', {
      identity: identityOf(ann),
      roomId: there.two,
    });
    const annInTwo = await follow(there.ann);
    expect(annInTwo.joined.participants.map(({ identity }) => identity)).toEqual([identityOf(ben)]);

    const own = identityOf(host);
    await host.client.request('breakouts.assign', { identity: own, roomId: there.one });
    const hostInOne = await follow(host);
    expect(hostInOne.joined.self.role).toBe('host');
    await hostInOne.client.request('breakouts.assign', { identity: own, roomId: there.two });
    const hostInTwo = await follow(hostInOne);
    expect(hostInTwo.joined.room.id).toBe(there.two);
    await hostInTwo.client.request('breakouts.assign', { identity: own, roomId: null });
    expect((await follow(hostInTwo)).joined.room).toMatchObject({ id: roomId, breakoutOf: null });
  });

  test('are where somebody goes who comes into the main room later (SPEC 18.4)', async () => {
    const there = await split();
    there.ann.client.close();
    const again = await come(identityOf(ann));
    expect(await again.next('moved')).toMatchObject({ room: { id: there.one } });
    expect(await again.next('goodbye')).toEqual({ reason: 'moved' });
  });

  test('are told to who leads as soon as they come (SPEC 18.6)', async () => {
    const there = await split();
    const moderator = await server.enterAs(roomId, 'moderator');
    expect(await moderator.client.next('breakoutsChanged')).toEqual({ rooms: there.rooms });
    expect(there.ann.client.all('breakoutsChanged')).toEqual([]);
  });

  test('are left for the main room, also when that is locked, with a lobby (SPEC 18.3)', async () => {
    const there = await split();
    await host.client.request('moderation.lock', { isLocked: true });
    await server.set(roomId, 'lobby_enabled', true);
    await server.stores.owner.query(
      `UPDATE room_participants SET left_at = left_at - interval '1 hour'
       WHERE room_id = $1 AND left_at IS NOT NULL`,
      [roomId],
    );
    await there.ann.client.request('breakouts.leave', {});
    const back = await follow(there.ann);
    expect(back.joined.room.id).toBe(roomId);
    expect(back.moved.reason).toBe('recalled');
    expect(await back.client.ask('breakouts.leave', {})).toMatchObject({
      ok: false,
      error: { code: 'conflict' },
    });
  });

  test('all hear what is broadcast, once (SPEC 18.5)', async () => {
    const there = await split();
    const moderator = await server.enterAs(roomId, 'moderator');
    const said = { messageId: randomUUID(), text: 'Five minutes' };
    await moderator.client.request('breakouts.broadcast', said);
    await moderator.client.request('breakouts.broadcast', said);
    for (const { client } of [there.ann, there.ben]) {
      expect(await client.next('chatMessage')).toMatchObject({
        text: 'Five minutes',
        identity: identityOf(moderator),
        toIdentity: null,
      });
      const { messages } = await client.request('chat.history', {});
      expect(messages).toEqual(client.all('chatMessage'));
      expect(messages).toHaveLength(1);
    }
    expect(ann.client.all('chatMessage')).toEqual([]);
  });

  test('are not spoken to by who may not write (SPEC 18.5)', async () => {
    await split();
    const { client, joined } = await server.enterAs(roomId, 'moderator');
    const stay = server.sessions.findStay(roomId, joined.self.identity) ?? expect.fail('not there');
    server.sessions.setGrants(stay, { ...joined.grants, data: ['reactions'] });
    const said = { messageId: randomUUID(), text: 'Five minutes' };
    expect(await client.ask('breakouts.broadcast', said)).toMatchObject({
      error: { code: 'forbidden' },
    });
  });

  test('are not made without end (SPEC 18.10)', async () => {
    await server.stores.owner.query(
      `INSERT INTO rooms (name, host_id, parent_id, status)
       SELECT 'Former', host_id, id, 'ended' FROM rooms CROSS JOIN generate_series(1, 999)
       WHERE id = $1`,
      [roomId],
    );
    const create = () =>
      host.client.ask('breakouts.create', { rooms: [{ name: 'One more', identities: [] }] });
    expect(await create()).toMatchObject({ ok: true });
    expect(await create()).toMatchObject({ error: { code: 'conflict' } });
  });

  test('end when everybody is called back (SPEC 18.7)', async () => {
    const there = await split();
    await host.client.request('breakouts.recall', {});
    for (const guest of [there.ann, there.ben]) {
      const back = await follow(guest);
      expect(back.moved).toMatchObject({ room: { id: roomId }, reason: 'recalled' });
      expect(back.joined.room.id).toBe(roomId);
    }
    expect([await statusOf(there.one), await statusOf(there.two)]).toEqual(['ended', 'ended']);
    expect(await host.client.request('breakouts.list', {})).toEqual({ rooms: [] });
    expect(host.client.all('breakoutsChanged').at(-1)).toEqual({ rooms: [] });
    // Nobody belongs elsewhere any more.
    const again = await come(identityOf(ben));
    await again.request('room.token', {});
    expect(again.all('moved')).toEqual([]);
  });

  test('are refused where somebody is unknown, twice, or there are too many (SPEC 18.1)', async () => {
    const create = (rooms: { name: string; identities: string[] }[]) =>
      host.client.ask('breakouts.create', { rooms });
    const room = { name: 'Group', identities: [identityOf(ann)] };
    expect(await create([room, { ...room, identities: ['nobody'] }])).toMatchObject({
      error: { code: 'not_found' },
    });
    expect(await create([room, room])).toMatchObject({ error: { code: 'invalid_request' } });
    expect(await create([])).toMatchObject({ error: { code: 'invalid_request' } });
    const empty = { name: 'Group', identities: [] };
    const most = Array.from({ length: LIMITS.breakoutRooms }, () => empty);
    expect(await create([...most, empty])).toMatchObject({ error: { code: 'invalid_request' } });
    expect(await create(most)).toMatchObject({ ok: true });
    expect(await create([empty])).toMatchObject({ error: { code: 'conflict' } });
    expect(
      await host.client.ask('breakouts.assign', {
        identity: identityOf(ann),
        roomId: await server.addRoom(),
      }),
    ).toMatchObject({ error: { code: 'room_not_found' } });
    expect(ann.client.all('moved')).toEqual([]);
  });
});
