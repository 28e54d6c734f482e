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
  theme: 'system',
  language: null,
  join_muted: false,
  join_without_camera: false,
  mirror_own_video: true,
  sounds: true,
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
    expect(await setting('PUT', 'theme', { value: 'dark' })).toMatchObject({
      status: 200,
      body: { value: 'dark' },
    });
    await setting('PUT', 'language', { value: 'id' });
    await setting('PUT', 'theme', { value: 'light' });
    expect(await all()).toEqual({ ...DEFAULTS, theme: 'light', language: 'id' });
    expect((await setting('GET', 'language')).body.value).toBe('id');
    expect((await setting('DELETE', 'language')).body.value).toBeNull();
    expect(await all()).toEqual({ ...DEFAULTS, theme: 'light' });
  });

  test('are one’s own', async () => {
    const other = await api.signUp();
    await setting('PUT', 'sounds', { value: false });
    const answer = await api.request('/v1/users/me/settings', { token: other.accessToken });
    expect(answer.body).toEqual(DEFAULTS);
  });

  test.each([['GET'], ['PUT'], ['DELETE']])(
    'of an unknown key are not there (%s)',
    async (method) => {
      const answer = await setting(method, 'colour', method === 'PUT' ? { value: 1 } : undefined);
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'unknown_setting' } } });
      expect(answer.body.error.details?.[0]).toContain('theme');
    },
  );

  test.each([
    ['theme', 'purple'],
    ['sounds', 'yes'],
    ['language', 'no such language!'],
  ])('do not take %s as %j', async (key, value) => {
    const answer = await setting('PUT', key, { value });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(answer.body.error.details?.[0]).toMatch(/^body\.value: /);
  });
});
