import { randomUUID } from 'node:crypto';
import type { NotificationPage } from '@balai/protocol';
import type { Exercise, ExerciseWorld } from './exercise.ts';
import { PROJECT_EXERCISES } from './project-exercises.ts';
import { startTestApi, type TestApi } from './test-api.ts';
import { enterRoom } from './test-member.ts';
import { createTestProject, signRequest } from './test-project.ts';

const PASSWORD = 'correct horse';
/** The smallest PNG: one pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Starts an API with people in it. The caller closes it. */
export async function createExerciseWorld(): Promise<ExerciseWorld> {
  const api = await startTestApi();
  const [host, ann, admin] = [
    await api.signUp('Hanna'),
    await api.signUp('Ann'),
    await api.signUp('Ada'),
  ];
  await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [admin.user.id]);
  const room = await api.createRoom(host.accessToken, { name: 'Hall' });
  await enterRoom(api, room.id, host.accessToken);
  await enterRoom(api, room.id, ann.accessToken);
  const guest = await enterRoom(api, room.id);
  const { message } = await guest.client.request('chat.send', {
    messageId: randomUUID(),
    text: 'Hello',
  });
  return { api, host, ann, admin, room, guest, message };
}

/** Waits for a mail, and takes the token out of its link. */
async function tokenOfMail({ mails }: TestApi, to: string, subject: RegExp): Promise<string> {
  for (;;) {
    const mail = mails.findLast((one) => one.to === to && subject.test(one.subject));
    const token = /#token=(\S+)/.exec(mail?.text ?? '')?.[1];
    if (token !== undefined) {
      return token;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function sayAsGuest({ guest }: ExerciseWorld): Promise<string> {
  const messageId = randomUUID();
  await guest.client.request('chat.send', { messageId, text: 'Hi' });
  return messageId;
}

async function sendFile({ api, room, guest }: ExerciseWorld): Promise<string> {
  const messageId = randomUUID();
  await fetch(`${api.url}/v1/rooms/${room.id}/files/${messageId}?name=a.txt`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${guest.roomToken}`, 'content-type': 'text/plain' },
    body: 'text',
  });
  return messageId;
}

/** Somebody who has a notification. */
async function invite(world: ExerciseWorld): Promise<{ token: string; id: string }> {
  const { api, host, room } = world;
  const { accessToken: token, user } = await api.signUp();
  const body = { email: user.email };
  await api.request(`/v1/rooms/${room.id}/invitations`, { token: host.accessToken, body });
  const list = await api.request<NotificationPage>('/v1/notifications', { token });
  return { token, id: list.body.items[0]?.id ?? '' };
}

/** How to call each operation, by its operationId. */
export const EXERCISES: Readonly<
  Record<string, (world: ExerciseWorld) => Promise<Exercise> | Exercise>
> = {
  post_auth_register: () => ({
    body: {
      email: `${randomUUID()}@example.org`,
      password: PASSWORD,
      firstName: 'A',
      lastName: 'B',
    },
  }),
  post_auth_sign_in: ({ ann }) => ({ body: { email: ann.user.email, password: PASSWORD } }),
  post_auth_refresh: async ({ api }) => ({
    body: { refreshToken: (await api.signUp()).refreshToken },
  }),
  post_auth_sign_out: async ({ api }) => ({
    body: { refreshToken: (await api.signUp()).refreshToken },
  }),
  post_auth_verify_email: async ({ api, ann }) => ({
    body: { token: await tokenOfMail(api, ann.user.email, /Confirm/) },
  }),
  post_auth_forgot_password: ({ ann }) => ({ body: { email: ann.user.email } }),
  post_auth_reset_password: async ({ api }) => {
    const { user } = await api.signUp();
    await api.request('/v1/auth/forgot-password', { body: { email: user.email } });
    const token = await tokenOfMail(api, user.email, /password/);
    return { body: { token, password: 'another horse' } };
  },
  get_well_known_jwks_json: () => ({}),
  get_users_me: ({ ann }) => ({ token: ann.accessToken }),
  patch_users_me: ({ ann }) => ({ token: ann.accessToken, body: { firstName: 'Anna' } }),
  delete_users_me: async ({ api }) => ({
    token: (await api.signUp()).accessToken,
    body: { password: PASSWORD },
  }),
  post_users_me_email: async ({ api }) => ({
    token: (await api.signUp()).accessToken,
    body: { email: `${randomUUID()}@example.org`, password: PASSWORD },
  }),
  post_users_me_email_verification: ({ ann }) => ({ token: ann.accessToken }),
  post_users_me_password: async ({ api }) => ({
    token: (await api.signUp()).accessToken,
    body: { currentPassword: PASSWORD, newPassword: 'another horse' },
  }),
  get_users_me_export: ({ ann }) => ({ token: ann.accessToken }),
  put_users_me_avatar: ({ ann }) => ({
    token: ann.accessToken,
    file: { type: 'image/png', content: PICTURE },
  }),
  delete_users_me_avatar: async ({ api }) => ({ token: (await api.signUp()).accessToken }),
  get_avatars_name: async ({ api, host }) => {
    const answer = await fetch(`${api.url}/v1/users/me/avatar`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${host.accessToken}`, 'content-type': 'image/png' },
      body: PICTURE,
    });
    const { avatarUrl } = (await answer.json()) as { readonly avatarUrl: string };
    return { params: { name: avatarUrl.split('/').at(-1) ?? '' } };
  },
  get_users_me_sessions: ({ ann }) => ({ token: ann.accessToken }),
  delete_users_me_sessions: async ({ api }) => ({ token: (await api.signUp()).accessToken }),
  delete_users_me_sessions_sessionId: async ({ api }) => {
    const { accessToken: token } = await api.signUp();
    const { body } = await api.request<{ items: { id: string }[] }>('/v1/users/me/sessions', {
      token,
    });
    return { token, params: { sessionId: body.items[0]?.id ?? '' } };
  },
  get_users_me_settings: ({ ann }) => ({ token: ann.accessToken }),
  get_users_me_settings_key: ({ ann }) => ({
    token: ann.accessToken,
    params: { key: 'mirror_own_video' },
  }),
  put_users_me_settings_key: ({ ann }) => ({
    token: ann.accessToken,
    params: { key: 'mirror_own_video' },
    body: { value: false },
  }),
  delete_users_me_settings_key: ({ ann }) => ({
    token: ann.accessToken,
    params: { key: 'mirror_own_video' },
  }),
  get_users_search: ({ host, ann }) => ({
    token: host.accessToken,
    query: { q: ann.user.email },
  }),
  get_contacts: async ({ api, host, ann }) => {
    const body = { email: ann.user.email };
    await api.request('/v1/contacts', { token: host.accessToken, body });
    return { token: host.accessToken };
  },
  post_contacts: ({ ann, host }) => ({ token: ann.accessToken, body: { email: host.user.email } }),
  delete_contacts_userId: async ({ api, admin, ann }) => {
    const body = { email: ann.user.email };
    await api.request('/v1/contacts', { token: admin.accessToken, body });
    return { token: admin.accessToken, params: { userId: ann.user.id } };
  },
  get_admin_users: ({ admin }) => ({ token: admin.accessToken }),
  patch_admin_users_userId: async ({ api, admin }) => ({
    token: admin.accessToken,
    params: { userId: (await api.signUp()).user.id },
    body: { status: 'inactive' },
  }),
  get_admin_nodes: ({ admin }) => ({ token: admin.accessToken }),
  patch_admin_nodes_nodeId: ({ api, admin }) => ({
    token: admin.accessToken,
    params: { nodeId: `test:${new URL(api.url).port}` },
    body: { isDraining: false },
  }),
  post_admin_announcements: ({ admin }) => ({
    token: admin.accessToken,
    body: { title: 'Maintenance', message: 'Tonight.' },
  }),
  post_rooms: ({ host }) => ({
    token: host.accessToken,
    body: { name: 'New', scheduledAt: '2999-01-01T00:00:00Z' },
  }),
  get_rooms: ({ host }) => ({ token: host.accessToken, query: { list: 'active', limit: '5' } }),
  get_rooms_roomId: ({ room }) => ({ params: { roomId: room.id } }),
  patch_rooms_roomId: ({ host, room }) => ({
    token: host.accessToken,
    params: { roomId: room.id },
    body: { description: 'Large' },
  }),
  post_rooms_roomId_cancel: async ({ api, host }) => ({
    token: host.accessToken,
    params: { roomId: (await api.createRoom(host.accessToken)).id },
  }),
  post_rooms_roomId_end: async ({ api, host }) => ({
    token: host.accessToken,
    params: { roomId: (await api.createRoom(host.accessToken)).id },
  }),
  get_rooms_roomId_participants: ({ guest, room }) => ({
    token: guest.roomToken,
    params: { roomId: room.id },
  }),
  patch_rooms_roomId_participants_identity: ({ host, room, ann }) => ({
    token: host.accessToken,
    params: { roomId: room.id, identity: ann.user.id },
    body: { role: 'moderator' },
  }),
  get_rooms_roomId_settings: ({ guest, room }) => ({
    token: guest.roomToken,
    params: { roomId: room.id },
  }),
  put_rooms_roomId_settings_key: ({ host, room }) => ({
    token: host.accessToken,
    params: { roomId: room.id, key: 'chat_enabled' },
    body: { value: true },
  }),
  delete_rooms_roomId_settings_key: ({ host, room }) => ({
    token: host.accessToken,
    params: { roomId: room.id, key: 'chat_enabled' },
  }),
  get_rooms_roomId_messages: ({ guest, room }) => ({
    token: guest.roomToken,
    params: { roomId: room.id },
  }),
  post_rooms_roomId_messages: ({ ann, room }) => ({
    token: ann.accessToken,
    params: { roomId: room.id },
    body: { messageId: randomUUID(), text: 'Hello' },
  }),
  patch_rooms_roomId_messages_messageId: ({ guest, room, message }) => ({
    token: guest.roomToken,
    params: { roomId: room.id, messageId: message.messageId },
    body: { text: 'Hello again' },
  }),
  delete_rooms_roomId_messages_messageId: async (world) => ({
    token: world.host.accessToken,
    params: { roomId: world.room.id, messageId: await sayAsGuest(world) },
  }),
  put_rooms_roomId_files_messageId: ({ guest, room }) => ({
    token: guest.roomToken,
    params: { roomId: room.id, messageId: randomUUID() },
    query: { name: 'pixel.png' },
    file: { type: 'image/png', content: PICTURE },
  }),
  get_rooms_roomId_files_messageId: async (world) => ({
    token: world.ann.accessToken,
    params: { roomId: world.room.id, messageId: await sendFile(world) },
  }),
  post_rooms_roomId_join: ({ room }) => ({ params: { roomId: room.id }, body: { name: 'Guest' } }),
  post_connection_check: () => ({}),
  get_join_info: ({ guest }) => ({ token: guest.roomToken }),
  get_users_me_meetings: ({ ann }) => ({ token: ann.accessToken }),
  get_users_me_activity: ({ ann }) => ({ token: ann.accessToken }),
  get_users_userId_activity: ({ admin, ann }) => ({
    token: admin.accessToken,
    params: { userId: ann.user.id },
  }),
  get_rooms_roomId_history: ({ host, room }) => ({
    token: host.accessToken,
    params: { roomId: room.id },
  }),
  get_rooms_roomId_statistics: async ({ api, host }) => {
    const room = await api.createRoom(host.accessToken);
    await enterRoom(api, room.id);
    await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token: host.accessToken });
    return { token: host.accessToken, params: { roomId: room.id } };
  },
  post_rooms_roomId_invitations: ({ host, room, ann }) => ({
    token: host.accessToken,
    params: { roomId: room.id },
    body: { userId: ann.user.id },
  }),
  get_notifications: async (world) => ({ token: (await invite(world)).token }),
  post_notifications_read: async (world) => ({ token: (await invite(world)).token }),
  post_notifications_notificationId_read: async (world) => {
    const { token, id } = await invite(world);
    return { token, params: { notificationId: id } };
  },
  delete_notifications_notificationId: async (world) => {
    const { token, id } = await invite(world);
    return { token, params: { notificationId: id } };
  },
  post_service_tokens_deny: async ({ api }) => ({
    token: await signRequest(api, (await createTestProject(api)).key),
    body: { jti: randomUUID(), exp: Math.floor(api.world.now / 1_000) + 60 },
  }),
  ...PROJECT_EXERCISES,
  get_healthz: () => ({}),
  get_readyz: () => ({}),
};
