/** What a backend says of a room, held against those who come: each option by its effect. */
import type { JoinAnswer, RoomConfiguration, ServiceRoom } from '@balai/protocol';
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
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';

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

async function ask(method: string, path: string, body?: object): Promise<ServiceRoom> {
  const token = await signRequest(api, app.key);
  const given = body === undefined ? {} : { body };
  const answer = await api.request<ServiceRoom>(`/v1/service/rooms${path}`, {
    method,
    token,
    ...given,
  });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

function make(name: string, configuration: RoomConfiguration): Promise<ServiceRoom> {
  return ask('POST', '', { name, ...configuration });
}

/** Somebody comes with a token of the application. */
async function come(room: string, identity: string, grants: object = {}): Promise<TestClient> {
  const claims = roomClaims(api, { name: room, ...grants }, { sub: identity });
  const client = new TestClient(api.url, handshakeOf(await signWith(app.key, claims)));
  clients.push(client);
  return client;
}

async function enter(room: string, identity: string, grants: object = {}): Promise<TestClient> {
  const client = await come(room, identity, grants);
  await client.next('joined');
  return client;
}

/** What every fake participant says with. */
const FAKE_VOICE = {
  ...FAKE_RTP_PARAMETERS,
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
};

async function publish(client: TestClient, source: 'camera' | 'microphone'): Promise<string> {
  const { trackId } = await client.request('track.publish', {
    clientTrackId: source,
    source,
    name: '',
    isMuted: false,
    width: 0,
    height: 0,
    rtpParameters: source === 'camera' ? FAKE_RTP_PARAMETERS : FAKE_VOICE,
  });
  return trackId;
}

test('maxParticipants: so many come in, and more once there may be more', async () => {
  await make('Small', { maxParticipants: 1 });
  await enter('Small', 'ann');
  const second = await come('Small', 'ben');
  expect(await second.next('refused')).toMatchObject({ code: 'room_full' });
  await ask('PATCH', '/Small', { maxParticipants: 2 });
  await enter('Small', 'ben');
});

test('metadata and videoCodecs: whoever comes is told them', async () => {
  await make('Described', { metadata: '{"seminar":17}', videoCodecs: ['av1', 'vp8'] });
  const ann = await enter('Described', 'ann');
  expect((await ann.next('joined')).room).toMatchObject({
    metadata: '{"seminar":17}',
    videoCodecs: ['av1', 'vp8'],
  });
});

test('lastN and loudestN: so many cameras and microphones are let through', async () => {
  const { id } = await make('Loud', { lastN: 1, loudestN: 2 });
  const people = await Promise.all(['ann', 'ben', 'eve'].map((who) => enter('Loud', who)));
  for (const client of people) {
    await publish(client, 'camera');
    await publish(client, 'microphone');
  }
  const letThrough = (kind: string) => api.media.allowed.get(`${id} ${kind}`)?.length;
  await expect.poll(() => [letThrough('video'), letThrough('audio')]).toEqual([1, 2]);
  await ask('PATCH', '/Loud', { lastN: 2, loudestN: 1 });
  await expect.poll(() => [letThrough('video'), letThrough('audio')]).toEqual([2, 1]);
});

test('lobby: who comes waits until a moderator lets them in', async () => {
  await make('Waiting', { lobby: true });
  const mia = await enter('Waiting', 'mia', { role: 'moderator' });
  const ann = await come('Waiting', 'ann');
  await ann.next('waiting');
  await mia.until((client) => client.all('lobbyChanged').at(-1)?.waiting[0]?.identity === 'ann');
  await mia.request('lobby.approve', { identities: ['ann'] });
  await ann.next('joined');
  const ben = await come('Waiting', 'ben');
  await ben.next('waiting');
  await ask('PATCH', '/Waiting', { lobby: false });
  await ben.next('joined');
});

test('guests and password: the link lets in whom they allow, and concerns no token', async () => {
  const { id } = await make('Linked', { password: 'open sesame' });
  const join = async (body: object) => {
    const answer = await api.request<JoinAnswer & { error?: { code: string } }>(
      `/v1/rooms/${id}/join`,
      { body: { name: 'Ratna', ...body } },
    );
    return answer.body.error?.code ?? answer.status;
  };
  expect(await join({ password: 'open sesame' })).toBe('guests_not_allowed');
  await enter('Linked', 'ann');
  expect(await ask('PATCH', '/Linked', { guests: true })).toMatchObject({
    guests: true,
    hasPassword: true,
  });
  expect(await join({})).toBe('room_password_required');
  expect(await join({ password: 'wrong' })).toBe('wrong_room_password');
  expect(await join({ password: 'open sesame' })).toBe(200);
  await ask('PATCH', '/Linked', { password: null });
  expect(await join({})).toBe(200);
});

test('duplicateIdentity: the second takes the place, is refused, or has one of its own', async () => {
  await make('Twice', { duplicateIdentity: 'replace' });
  const first = await enter('Twice', 'ann');
  const second = await enter('Twice', 'ann');
  expect(await first.next('goodbye')).toEqual({ reason: 'duplicate_identity' });
  await ask('PATCH', '/Twice', { duplicateIdentity: 'reject' });
  const third = await come('Twice', 'ann');
  expect(await third.next('refused')).toMatchObject({ code: 'identity_taken' });
  await ask('PATCH', '/Twice', { duplicateIdentity: 'allow' });
  const fourth = await enter('Twice', 'ann');
  expect((await fourth.next('joined')).self.identity).toBe('ann~2');
  expect(second.all('goodbye')).toEqual([]);
});

test('emptyTimeoutS and departureTimeoutS: so long a room stays open without anybody', async () => {
  const job = api.meetings.jobs.find(({ name }) => name === 'end-deserted-rooms');
  const isOpen = async (...names: string[]): Promise<boolean[]> => {
    await job?.run();
    const token = await signRequest(api, app.key);
    const answers = await Promise.all(
      names.map((name) => api.request(`/v1/service/rooms/${name}`, { token })),
    );
    return answers.map(({ status }) => status === 200);
  };
  await make('Never', { emptyTimeoutS: 0 });
  await make('Patient', { emptyTimeoutS: null, departureTimeoutS: 0 });
  expect(await isOpen('Never', 'Patient')).toEqual([false, true]);
  const ann = await enter('Patient', 'ann');
  expect(await isOpen('Patient')).toEqual([true]);
  await ann.request('room.leave', {});
  await expect.poll(() => isOpen('Patient')).toEqual([false]);
  await make('Kept', { emptyTimeoutS: 0, departureTimeoutS: null });
  const ben = await enter('Kept', 'ben');
  await ben.request('room.leave', {});
  await expect.poll(() => countLeft('Kept')).toBe(1);
  expect(await isOpen('Kept')).toEqual([true]);
  await ask('PATCH', '/Kept', { departureTimeoutS: 0 });
  expect(await isOpen('Kept')).toEqual([false]);
});

async function countLeft(name: string): Promise<number> {
  const rows = await api.stores.owner.query(
    `SELECT FROM room_participants p JOIN rooms r ON r.id = p.room_id
     WHERE r.name = $1 AND p.left_at IS NOT NULL`,
    [name],
  );
  return rows.length;
}
