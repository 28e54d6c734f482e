import type { ErrorAnswer, UserSettings } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startTestApi();
  token = (await api.signUp()).accessToken;
});
afterAll(() => api.close());

const DEFAULTS: UserSettings = {
  join_muted: false,
  join_without_camera: false,
  mirror_own_video: true,
};

function setting(method: string, key: string, body?: object) {
  return api.request<{ value: unknown } & ErrorAnswer>(`/v1/users/me/settings/${key}`, {
    method,
    token,
    ...(body === undefined ? {} : { body }),
  });
}

const all = async () => (await api.request<UserSettings>('/v1/users/me/settings', { token })).body;

describe('the settings of a user', () => {
  test('have defaults, are set, read and reset', async () => {
    expect(await all()).toEqual(DEFAULTS);
    expect(await setting('PUT', 'join_muted', { value: true })).toMatchObject({
      status: 200,
      body: { value: true },
    });
    await setting('PUT', 'mirror_own_video', { value: true });
    await setting('PUT', 'mirror_own_video', { value: false });
    expect(await all()).toEqual({ ...DEFAULTS, join_muted: true, mirror_own_video: false });
    expect((await setting('GET', 'join_muted')).body.value).toBe(true);
    expect((await setting('DELETE', 'join_muted')).body.value).toBe(false);
    expect(await all()).toEqual({ ...DEFAULTS, mirror_own_video: false });
  });

  test('are one’s own', async () => {
    const other = await api.signUp();
    await setting('PUT', 'join_without_camera', { value: true });
    const answer = await api.request('/v1/users/me/settings', { token: other.accessToken });
    expect(answer.body).toEqual(DEFAULTS);
  });

  test.each([['GET'], ['PUT'], ['DELETE']])(
    'of an unknown key are not there (%s)',
    async (method) => {
      const answer = await setting(method, 'colour', method === 'PUT' ? { value: 1 } : undefined);
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'unknown_setting' } } });
      expect(answer.body.error.details?.[0]).toContain('join_muted');
    },
  );

  test.each([
    ['join_muted', 'yes'],
    ['join_without_camera', null],
    ['mirror_own_video', 1],
  ])('do not take %s as %j', async (key, value) => {
    const answer = await setting('PUT', key, { value });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(answer.body.error.details?.[0]).toMatch(/^body\.value: /);
  });
});
