import type { AdminNode, ErrorAnswer } from '@balai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;
/** Another process of the same server. */
let other: TestApi;
let token: string;

beforeAll(async () => {
  api = await startTestApi();
  other = await startTestApi({ beside: api });
  const admin = await api.signUp('Admin');
  await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [admin.user.id]);
  token = admin.accessToken;
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const idOf = ({ url }: TestApi) => `test:${new URL(url).port}`;

async function list(through: TestApi = api): Promise<Map<string, AdminNode>> {
  const { status, body } = await through.request<AdminNode[]>('/v1/admin/nodes', { token });
  expect(status).toBe(200);
  return new Map(body.map((node) => [node.id, node]));
}

function setDraining(nodeId: string, isDraining: boolean) {
  return api.request<AdminNode & ErrorAnswer>(`/v1/admin/nodes/${encodeURIComponent(nodeId)}`, {
    method: 'PATCH',
    token,
    body: { isDraining },
  });
}

test('nodes are for administrators', async () => {
  const { accessToken } = await api.signUp();
  expect((await api.request('/v1/admin/nodes')).status).toBe(401);
  expect((await api.request('/v1/admin/nodes', { token: accessToken })).status).toBe(403);
  const order = { method: 'PATCH', token: accessToken, body: { isDraining: true } };
  expect((await api.request(`/v1/admin/nodes/${idOf(api)}`, order)).status).toBe(403);
});

test('every process tells of all, with rooms and people', async () => {
  const { accessToken } = await other.signUp('Host');
  const room = await other.createRoom(accessToken, { name: 'Parents’ evening' });
  const joined = await other.request<{ token: string }>(`/v1/rooms/${room.id}/join`, {
    method: 'POST',
    token: accessToken,
    body: {},
  });
  const client = new TestClient(other.url, handshakeOf(joined.body.token));
  await client.next('joined');
  try {
    for (const through of [api, other]) {
      const nodes = await list(through);
      expect([...nodes.keys()].sort()).toEqual([idOf(api), idOf(other)].sort());
      expect(nodes.get(idOf(api))).toMatchObject({ participants: 0, roomCount: 0, rooms: [] });
      expect(nodes.get(idOf(other))).toMatchObject({
        region: 'test',
        labels: { rack: '1' },
        addresses: ['192.0.2.1'],
        cores: 2,
        participants: 1,
        roomCount: 1,
        rooms: [{ id: room.id, name: 'Parents’ evening', participants: 1 }],
      });
    }
  } finally {
    client.socket.disconnect();
  }
});

test('a process is drained through another one, and takes people again', async () => {
  const isDraining = async (one: TestApi) => (await list()).get(idOf(one))?.isDraining;
  expect((await setDraining(idOf(other), true)).body).toMatchObject({ isDraining: true });
  expect([await isDraining(api), await isDraining(other)]).toEqual([false, true]);
  expect((await setDraining(idOf(other), true)).status).toBe(200);
  expect((await setDraining(idOf(other), false)).body).toMatchObject({ isDraining: false });
  expect(await isDraining(other)).toBe(false);
});

test('a node that nobody is cannot be drained', async () => {
  const { status, body } = await setDraining('elsewhere', true);
  expect(status).toBe(404);
  expect(body.error.code).toBe('not_found');
});
