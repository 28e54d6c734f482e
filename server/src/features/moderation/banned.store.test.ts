/** Who is banned from a room, or sent out, has nothing to do with it any more by whatever way. */
import { randomUUID } from 'node:crypto';
import type { ErrorAnswer } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';

let api: TestApi;
let host: string;
let ben: string;
let roomId: string;
let lead: Member;
let member: Member;

beforeAll(async () => {
  api = await startTestApi();
  host = (await api.signUp('Hanna')).accessToken;
  ben = (await api.signUp('Ben')).accessToken;
});
afterAll(() => api.close());
beforeEach(async () => {
  roomId = (await api.createRoom(host)).id;
  lead = await enterRoom(api, roomId, host);
  member = await enterRoom(api, roomId, ben);
  await member.client.request('chat.history', {});
});

/** What Ben, with his account, is answered. */
async function ask(method: string, path: string, body?: unknown): Promise<string> {
  const { status, body: answer } = await api.request<ErrorAnswer>(`/v1/rooms/${roomId}/${path}`, {
    method,
    token: ben,
    ...(body === undefined ? {} : { body }),
  });
  return status < 300 ? 'done' : answer.error.code;
}

/** With a token from after they were sent out, of which it knows the second. */
async function comeBack(): Promise<void> {
  api.world.now += 1_000;
  await enterRoom(api, roomId, ben);
}

const say = () => ask('POST', 'messages', { messageId: randomUUID(), text: 'Still here' });

test('who is banned neither reads nor writes there, until that is lifted', async () => {
  expect([await ask('GET', 'messages'), await say()]).toEqual(['done', 'done']);
  const { participantId } = member.joined.self;
  await lead.client.request('moderation.ban', { participantId });
  await member.client.next('goodbye');
  expect([await ask('GET', 'messages'), await say()]).toEqual(['forbidden', 'forbidden']);
  expect(await ask('GET', 'participants')).toBe('forbidden');
  await lead.client.request('moderation.unban', { identity: member.identity });
  expect([await ask('GET', 'messages'), await say()]).toEqual(['done', 'forbidden']);
  await comeBack();
  expect(await say()).toBe('done');
});

test('who was only sent out writes again when they were let in again', async () => {
  const { participantId } = member.joined.self;
  await lead.client.request('moderation.remove', { participantId });
  await member.client.next('goodbye');
  expect([await ask('GET', 'messages'), await say()]).toEqual(['done', 'forbidden']);
  await comeBack();
  expect(await say()).toBe('done');
});

test('who is banned leads there no more, whatever they were', async () => {
  const guest = await enterRoom(api, roomId);
  const { participantId } = member.joined.self;
  await lead.client.request('moderation.setRole', { participantId, role: 'moderator' });
  const path = `participants/${guest.identity}`;
  expect(await ask('PATCH', path, { role: 'listener' })).toBe('done');
  await lead.client.request('moderation.ban', { participantId });
  await member.client.next('goodbye');
  expect(await ask('PATCH', path, { role: 'participant' })).toBe('forbidden');
});
