import { randomUUID } from 'node:crypto';
import type { Room, ServerMessage, SignedIn } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('breakout rooms end with their room, are in no list, and have no link (SPEC 18.1, 18.7)', async () => {
  const { accessToken: token } = await api.signUp('Hanna');
  const room = await api.createRoom(token);
  const host = await enterRoom(api, room.id, token);
  const { rooms } = await host.client.request('breakouts.create', {
    rooms: [{ name: 'Group', identities: [] }],
  });
  const id = rooms[0]?.id ?? '';
  const statusOf = async () => (await api.request<{ status: string }>(`/v1/rooms/${id}`)).body;

  const mine = await api.request<{ items: { id: string }[] }>('/v1/rooms', { token });
  expect(mine.body.items.map((one) => one.id)).toEqual([room.id]);
  const join = await api.request<{ error: { code: string } }>(`/v1/rooms/${id}/join`, {
    token,
    body: {},
  });
  expect(join.body.error.code).toBe('room_not_found');

  expect(await statusOf()).toMatchObject({ status: 'active' });
  await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token });
  expect(await statusOf()).toMatchObject({ status: 'ended' });
});

describe('with people on two servers', () => {
  let there: TestApi;
  let host: Required<SignedIn>;
  let ann: Required<SignedIn>;
  let ben: Required<SignedIn>;
  let room: Room;
  let hostHere: Member;
  let annThere: Member;
  let benHere: Member;

  beforeAll(async () => {
    there = await startTestApi({ beside: api });
    [host, ann, ben] = [
      await api.signUp('Hanna'),
      await api.signUp('Ann'),
      await api.signUp('Ben'),
    ];
  });
  afterAll(() => there.close());
  beforeEach(async () => {
    room = await api.createRoom(host.accessToken);
    hostHere = await enterRoom(api, room.id, host.accessToken);
    annThere = await enterRoom(there, room.id, ann.accessToken);
    benHere = await enterRoom(api, room.id, ben.accessToken);
  });

  interface Moved {
    readonly client: TestClient;
    readonly moved: ServerMessage<'moved'>;
  }

  /** Follows somebody who is sent to another room. */
  async function follow(client: TestClient, to: TestApi): Promise<Moved> {
    const moved = await client.next('moved');
    expect(await client.next('goodbye')).toEqual({ reason: 'moved' });
    const next = new TestClient(to.url, handshakeOf(moved.token));
    await next.next('joined');
    return { client: next, moved };
  }

  /** Ann in the first, Ben in the second. */
  async function split(): Promise<{ one: string; two: string; ann: Moved; ben: Moved }> {
    // At once: Ann's arrival may not be written down yet.
    const { rooms } = await hostHere.client.request('breakouts.create', {
      rooms: [
        { name: 'Group 1', identities: [ann.user.id] },
        { name: 'Group 2', identities: [ben.user.id] },
      ],
    });
    const [one = '', two = ''] = rooms.map(({ id }) => id);
    const moved = {
      ann: await follow(annThere.client, there),
      ben: await follow(benHere.client, api),
    };
    expect([moved.ann.moved.room.id, moved.ben.moved.room.id]).toEqual([one, two]);
    return { one, two, ...moved };
  }

  test('all are moved, hear what is said to all, are assigned anew, and are called back (SPEC 18.3, 18.5, 18.7)', async () => {
    const { two, ann: inOne, ben: inTwo } = await split();
    await hostHere.client.request('breakouts.broadcast', {
      messageId: randomUUID(),
      text: 'Five minutes',
    });
    for (const { client } of [inOne, inTwo]) {
      expect(await client.next('chatMessage')).toMatchObject({ text: 'Five minutes' });
    }
    const { identity } = annThere;
    await hostHere.client.request('breakouts.assign', { identity, roomId: two });
    const again = await follow(inOne.client, there);
    expect(again.moved).toMatchObject({ room: { id: two }, reason: 'breakout' });
    await hostHere.client.request('breakouts.recall', {});
    for (const { client } of [again, inTwo]) {
      expect(await client.next('moved')).toMatchObject({
        room: { id: room.id },
        reason: 'recalled',
      });
    }
  });

  test('who leads on the other server hears of them, and may call all back (SPEC 18.6)', async () => {
    const { one, two, ann: inOne, ben: inTwo } = await split();
    const leadThere = await enterRoom(there, room.id, host.accessToken);
    const { rooms } = await leadThere.client.next('breakoutsChanged');
    expect(rooms.map(({ id }) => id)).toEqual([one, two]);
    await leadThere.client.request('breakouts.recall', {});
    for (const { client } of [inOne, inTwo]) {
      expect(await client.next('moved')).toMatchObject({ reason: 'recalled' });
    }
  });

  test('everybody belongs where they belonged after a server was started again (SPEC 18.4)', async () => {
    const { one, two } = await split();
    await there.close();
    there = await startTestApi({ beside: api });
    const back = await enterRoom(there, room.id, ann.accessToken);
    const { moved, client } = await follow(back.client, there);
    expect(moved).toMatchObject({ room: { id: one }, reason: 'breakout' });
    const list = await hostHere.client.request('breakouts.list', {});
    expect(list.rooms.map(({ id, identities }) => [id, identities])).toEqual([
      [one, [ann.user.id]],
      [two, [ben.user.id]],
    ]);
    await hostHere.client.request('breakouts.recall', {});
    expect(await client.next('moved')).toMatchObject({ room: { id: room.id }, reason: 'recalled' });
  });
});
