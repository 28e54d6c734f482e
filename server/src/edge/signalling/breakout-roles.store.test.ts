/** A role is given for the whole meeting, whichever of its rooms people are in. */
import type { ParticipantRole, ServerMessage } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handshakeOf, type TestClient } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

let server: TestSignalling;
let roomId: string;
let host: Guest;
let mia: Guest;

beforeAll(async () => {
  server = await createTestSignalling();
});
afterAll(() => server.close());
beforeEach(async () => {
  roomId = await server.addRoom();
  host = await server.enterAs(roomId, 'host');
  mia = await server.enterAs(roomId, 'moderator');
});

async function open(token: string): Promise<Guest> {
  const client = server.open(handshakeOf(token));
  return { client, joined: await client.next('joined') };
}

async function follow(client: TestClient): Promise<Guest & { moved: ServerMessage<'moved'> }> {
  const moved = await client.next('moved');
  await client.next('goodbye');
  return { ...(await open(moved.token)), moved };
}

/** Mia, a moderator, in a breakout room. */
async function splitOff() {
  await host.client.request('breakouts.create', {
    rooms: [{ name: 'Group', identities: [mia.joined.self.identity] }],
  });
  return await follow(mia.client);
}

function setRole({ client }: Guest, of: Guest, role: Exclude<ParticipantRole, 'host'>) {
  const { participantId } = of.joined.self;
  return client.request('moderation.setRole', { participantId, role });
}

test('who loses a role in the main room has it in no breakout room, with no token from before', async () => {
  const there = await splitOff();
  await there.client.request('breakouts.leave', {});
  const back = await follow(there.client);
  // A client that keeps the token is in both.
  const kept = await open(there.moved.token);
  expect(kept.joined.self.role).toBe('moderator');
  await setRole(host, back, 'participant');
  expect(await kept.client.next('roleChanged')).toMatchObject({ role: 'participant' });
  expect(await kept.client.ask('breakouts.recall', {})).toMatchObject({
    error: { code: 'forbidden' },
  });
  kept.client.close();
  const again = await open(there.moved.token);
  expect(again.joined.self.role).toBe('participant');
});

test('who loses a role in a room in which they never were comes there without it', async () => {
  const there = await splitOff();
  there.client.close();
  const { client } = await open(server.tokenFor(roomId, mia.joined.self.identity));
  const { token } = await client.next('moved');
  // Mia is a moderator by an old token, and never came to the room that it is for.
  await server.stores.owner.query('DELETE FROM room_participants WHERE room_id = $1', [
    there.moved.room.id,
  ]);
  await server.stores.owner.query(
    `UPDATE room_participants SET role = 'listener' WHERE room_id = $1 AND user_id = $2`,
    [roomId, mia.joined.self.identity],
  );
  expect((await open(token)).joined.self.role).toBe('listener');
});

test('who loses a role in a breakout room has lost it in the main room', async () => {
  const there = await splitOff();
  await host.client.request('breakouts.assign', {
    identity: host.joined.self.identity,
    roomId: there.moved.room.id,
  });
  const leader = await follow(host.client);
  await setRole(leader, there, 'participant');
  expect(await there.client.next('roleChanged')).toMatchObject({ role: 'participant' });
  const rows = await server.stores.owner.query(
    'SELECT role FROM room_participants WHERE user_id = $1',
    [mia.joined.self.identity],
  );
  expect(rows).toEqual([{ role: 'participant' }, { role: 'participant' }]);
});
