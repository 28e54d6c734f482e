/** Of who is hidden nobody is told but the backend, neither now nor later. */

import { randomUUID } from 'node:crypto';
import type { Page, RoomParticipant, ServiceParticipant } from '@balai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import {
  createTestProject,
  roomClaims,
  signRequest,
  signWith,
  type TestProject,
} from '../../../test/test-project.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;
let app: TestProject;
const clients: TestClient[] = [];

beforeAll(async () => {
  api = await startTestApi();
  app = await createTestProject(api);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await api.close();
});

/** Somebody in the room of the day, with the token that let them in. */
async function enter(sub: string, isHidden = false) {
  const token = await signWith(app.key, roomClaims(api, { hidden: isHidden }, { sub }));
  const client = new TestClient(api.url, handshakeOf(token));
  clients.push(client);
  const { room, self } = await client.next('joined');
  return { client, token, roomId: room.id, self };
}

type Entered = Awaited<ReturnType<typeof enter>>;

async function listed({ roomId, token }: Entered): Promise<readonly string[]> {
  const { body } = await api.request<Page<RoomParticipant>>(`/v1/rooms/${roomId}/participants`, {
    token,
  });
  return body.items.map(({ identity }) => identity).sort();
}

async function service<T>(method: string, path: string, body?: unknown) {
  const token = await signRequest(api, app.key);
  return await api.request<T>(`/v1/service/rooms/Daily/participants${path}`, {
    method,
    token,
    ...(body === undefined ? {} : { body }),
  });
}

/** Resolves when all that was to be written down of them is. */
async function settle({ client }: Entered): Promise<void> {
  await client.request('chat.history', {});
}

test('a hidden person is in the list of the backend, and in no other but their own', async () => {
  const alice = await enter('alice');
  const spy = await enter('spy', true);
  await Promise.all([settle(alice), settle(spy)]);
  expect(await listed(alice)).toEqual(['alice']);
  expect(await listed(spy)).toEqual(['alice', 'spy']);
  const { body } = await service<Page<ServiceParticipant>>('GET', '');
  expect(body.items.map(({ identity }) => identity).sort()).toEqual(['alice', 'spy']);

  // Whoever is shown is listed, and whoever hides is not any more.
  await service('PATCH', '/spy', { grants: { hidden: false } });
  await expect.poll(() => listed(alice)).toEqual(['alice', 'spy']);
  await service('PATCH', '/spy', { grants: { hidden: true } });
  await expect.poll(() => listed(alice)).toEqual(['alice']);

  spy.client.close();
  await expect
    .poll(() =>
      api.stores.owner.query(
        'SELECT FROM room_participants WHERE room_id = $1 AND is_hidden AND left_at IS NOT NULL',
        [spy.roomId],
      ),
    )
    .toHaveLength(1);
  expect(await listed(alice)).toEqual(['alice']);
  const wrote = await alice.client.ask('chat.send', {
    messageId: randomUUID(),
    text: 'Are you there?',
    to: 'spy',
  });
  expect(wrote).toMatchObject({ ok: false, error: { code: 'not_found' } });
});
