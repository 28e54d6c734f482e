/** A meeting with breakout rooms is one: what is done to people counts in all of its rooms. */
import type { ErrorAnswer, JoinAnswer, ServerMessage } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;
let host: string;
let benAccount: string;
let roomId: string;
let lead: Member;
let ben: Member;
const clients: TestClient[] = [];

beforeAll(async () => {
  api = await startTestApi();
  host = (await api.signUp('Hanna')).accessToken;
  benAccount = (await api.signUp('Ben')).accessToken;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await api.close();
});
beforeEach(async () => {
  roomId = (await api.createRoom(host)).id;
  lead = await enterRoom(api, roomId, host);
  ben = await enterRoom(api, roomId, benAccount);
});

/** Opens a socket with a token. @returns what the server said: `joined`, or why not. */
async function open(
  token: string,
): Promise<{ readonly client: TestClient; readonly came: string }> {
  const client = new TestClient(api.url, handshakeOf(token));
  clients.push(client);
  await client.until((one) => one.all('joined').length + one.all('refused').length > 0);
  return { client, came: client.all('refused')[0]?.code ?? 'joined' };
}

async function follow(
  client: TestClient,
): Promise<ServerMessage<'moved'> & { client: TestClient }> {
  const moved = await client.next('moved');
  await client.next('goodbye');
  const { client: next, came } = await open(moved.token);
  expect(came).toBe('joined');
  return { ...moved, client: next };
}

/** Ben in a breakout room, with the token for it. */
async function splitOff() {
  await lead.client.request('breakouts.create', {
    rooms: [{ name: 'Group', identities: [ben.identity] }],
  });
  return await follow(ben.client);
}

async function join(): Promise<string> {
  const { status, body } = await api.request<JoinAnswer & ErrorAnswer>(`/v1/rooms/${roomId}/join`, {
    body: {},
    token: benAccount,
  });
  return status === 200 ? 'joined' : body.error.code;
}

/** As a Redis that lost what this server had there. Other tests are in the same database. */
async function forgetEverything(): Promise<void> {
  const prefix = new URL(api.redisUrl).searchParams.get('keyPrefix') ?? '';
  expect(prefix).not.toBe('');
  await api.stores.redis.run(async (client) => {
    const keys = await client.keys(`${prefix}*`);
    // The client puts the prefix before each of them again.
    await client.del(...keys.map((key) => key.slice(prefix.length)));
  });
}

const participantIdOf = (client: TestClient) =>
  client.all('joined')[0]?.self.participantId ?? expect.fail('they are not in');

describe('who is sent out of the main room', () => {
  test('is sent out of its breakout rooms, and has no token for them', async () => {
    const there = await splitOff();
    await there.client.request('breakouts.leave', {});
    const back = await follow(there.client);
    // A client that keeps the token is in both.
    const kept = await open(there.token);
    expect(kept.came).toBe('joined');
    await lead.client.request('moderation.remove', { participantId: participantIdOf(back.client) });
    expect(await back.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
    expect(await kept.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
    expect((await open(there.token)).came).toBe('unauthorized');
  });

  test('for good comes into none of them', async () => {
    const there = await splitOff();
    await there.client.request('breakouts.leave', {});
    const back = await follow(there.client);
    await lead.client.request('moderation.ban', { participantId: participantIdOf(back.client) });
    await back.client.next('goodbye');
    // As if nobody remembered the tokens that they had.
    await forgetEverything();
    expect((await open(there.token)).came).toBe('banned');
  });
});

describe('who is sent out of a breakout room', () => {
  async function meet() {
    const there = await splitOff();
    await lead.client.request('breakouts.assign', {
      identity: lead.identity,
      roomId: there.room.id,
    });
    return { there, lead: await follow(lead.client) };
  }

  test('has no token for the main room any more', async () => {
    const { there, lead: leader } = await meet();
    await leader.client.request('moderation.remove', {
      participantId: participantIdOf(there.client),
    });
    expect(await there.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
    expect((await open(ben.roomToken)).came).toBe('unauthorized');
  });

  test('for good is banned from the meeting, whose leaders lift it from any room', async () => {
    const { there, lead: leader } = await meet();
    await leader.client.request('moderation.ban', { participantId: participantIdOf(there.client) });
    expect(await there.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
    expect(await join()).toBe('banned');
    const { bans } = await leader.client.request('moderation.bans', {});
    expect(bans).toMatchObject([{ identity: ben.identity }]);
    await leader.client.request('breakouts.leave', {});
    const back = await follow(leader.client);
    await back.client.request('moderation.unban', { identity: ben.identity });
    expect(await join()).toBe('joined');
  });
});
