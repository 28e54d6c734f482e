import { randomUUID } from 'node:crypto';
import { handshakeOf, TestClient } from '../src/edge/signalling/testing/test-client.ts';
import { FAKE_RTP_PARAMETERS } from '../src/features/sessions/testing/fake-media-plane.ts';
import type { Exercise, ExerciseWorld } from './exercise.ts';
import type { TestApi } from './test-api.ts';
import {
  createTestProject,
  roomClaims,
  signRequest,
  signWith,
  type TestProject,
} from './test-project.ts';

/** A project with a key, as its owner names both. */
async function ownProject({ api }: ExerciseWorld): Promise<{
  readonly made: TestProject;
  readonly exercise: Exercise;
}> {
  const made = await createTestProject(api);
  const { owner, project } = made;
  return { made, exercise: { token: owner.accessToken, params: { projectId: project.id } } };
}

/** Signing up has a pace: one project does for all of a world. */
const projects = new WeakMap<TestApi, Promise<TestProject>>();

function projectOf(api: TestApi): Promise<TestProject> {
  const project = projects.get(api) ?? createTestProject(api);
  projects.set(api, project);
  return project;
}

/** A room of a project with Ann in it, as the backend names both. */
async function backend(world: ExerciseWorld): Promise<{
  readonly ann: TestClient;
  readonly exercise: Required<Pick<Exercise, 'token' | 'params'>>;
}> {
  const { api } = world;
  const { key } = await projectOf(api);
  const token = await signRequest(api, key);
  const room = `Hall ${randomUUID()}`;
  for (const name of [room, 'Annex']) {
    await api.request('/v1/service/rooms', { token, body: { name } });
  }
  const claims = roomClaims(api, { name: room }, { sub: 'ann' });
  const ann = new TestClient(api.url, handshakeOf(await signWith(key, claims)));
  await ann.next('joined');
  return { ann, exercise: { token, params: { room, identity: 'ann' } } };
}

/** Ann, who may not come in any more. */
async function banned(world: ExerciseWorld): Promise<Exercise> {
  const { exercise } = await backend(world);
  const { token, params } = exercise;
  const room = encodeURIComponent(params['room'] ?? '');
  const path = `/v1/service/rooms/${room}/participants/ann?ban=true`;
  await world.api.request(path, { method: 'DELETE', token });
  return exercise;
}

/** How to call what concerns projects and their keys, by operationId. */
export const PROJECT_EXERCISES: Readonly<
  Record<string, (world: ExerciseWorld) => Promise<Exercise> | Exercise>
> = {
  post_projects: ({ ann }) => ({ token: ann.accessToken, body: { name: 'Application' } }),
  get_projects: async ({ api }) => ({ token: (await createTestProject(api)).owner.accessToken }),
  get_projects_projectId: async (world) => (await ownProject(world)).exercise,
  patch_projects_projectId: async (world) => ({
    ...(await ownProject(world)).exercise,
    body: { name: 'Another name' },
  }),
  delete_projects_projectId: async (world) => (await ownProject(world)).exercise,
  post_projects_projectId_keys: async (world) => ({
    ...(await ownProject(world)).exercise,
    body: { name: 'server' },
  }),
  get_projects_projectId_keys: async (world) => (await ownProject(world)).exercise,
  delete_projects_projectId_keys_keyId: async (world) => {
    const { made, exercise } = await ownProject(world);
    return { ...exercise, params: { ...exercise.params, keyId: made.key.id } };
  },
  post_service_rooms: async (world) => ({
    ...(await backend(world)).exercise,
    body: { name: 'Hall' },
  }),
  get_service_rooms: async (world) => (await backend(world)).exercise,
  get_service_rooms_room: async (world) => (await backend(world)).exercise,
  patch_service_rooms_room: async (world) => ({
    ...(await backend(world)).exercise,
    body: { metadata: 'new' },
  }),
  delete_service_rooms_room: async (world) => (await backend(world)).exercise,
  get_service_rooms_room_participants: async (world) => (await backend(world)).exercise,
  get_service_rooms_room_participants_identity: async (world) => (await backend(world)).exercise,
  patch_service_rooms_room_participants_identity: async (world) => ({
    ...(await backend(world)).exercise,
    body: { name: 'Ann', attributes: { seat: '4' } },
  }),
  delete_service_rooms_room_participants_identity: async (world) => (await backend(world)).exercise,
  get_service_rooms_room_bans: async (world) => await banned(world),
  delete_service_rooms_room_bans_identity: async (world) => await banned(world),
  post_service_rooms_room_participants_identity_mute: async (world) => {
    const { ann, exercise } = await backend(world);
    const { trackId } = await ann.request('track.publish', {
      clientTrackId: 'camera',
      source: 'camera',
      name: '',
      isMuted: false,
      width: 0,
      height: 0,
      rtpParameters: FAKE_RTP_PARAMETERS,
    });
    return { ...exercise, body: { trackId, isMuted: true } };
  },
  post_service_rooms_room_participants_identity_subscriptions: async (world) => ({
    ...(await backend(world)).exercise,
    body: { trackIds: [], isSubscribed: false },
  }),
  post_service_rooms_room_participants_identity_rpc: async (world) => {
    const { ann, exercise } = await backend(world);
    ann.socket.on('rpcCalled', ({ callId }: { readonly callId: string }) => {
      void ann.request('rpc.answer', { callId, outcome: { payload: 'hello' } });
    });
    return { ...exercise, body: { method: 'greet', payload: '' } };
  },
  post_service_rooms_room_participants_identity_move: async (world) => ({
    ...(await backend(world)).exercise,
    body: { room: 'Annex' },
  }),
  post_service_rooms_room_participants_identity_forward: async (world) => ({
    ...(await backend(world)).exercise,
    body: { room: 'Annex' },
  }),
  delete_service_rooms_room_participants_identity_forward: async (world) => ({
    ...(await backend(world)).exercise,
    query: { room: 'Annex' },
  }),
  post_service_rooms_room_data: async (world) => ({
    ...(await backend(world)).exercise,
    body: { payload: 'aGVsbG8=', topic: 'news' },
  }),
};
