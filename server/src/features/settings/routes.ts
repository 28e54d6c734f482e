import type { UserSettings } from '@balai/protocol';
import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly } from '../../kernel/wire-schemas.ts';
import type { UserSettingsDesk } from './user-settings.ts';

const keyParams = z.strictObject({ key: z.string().max(255) });
const valueBody = z.strictObject({ value: z.unknown() });

const settingsSchema = exactly<UserSettings>()(
  z
    .strictObject({
      join_muted: z.boolean(),
      join_without_camera: z.boolean(),
      mirror_own_video: z.boolean(),
    })
    .meta({ id: 'UserSettings' }),
);

/** The value of one setting on the wire. */
const valueSchema = z.strictObject({ value: z.unknown() }).meta({ id: 'SettingValue' });

/** REST over the settings of users. */
export function userSettingsRoutes(settings: UserSettingsDesk): Route[] {
  const path = '/v1/users/me/settings/:key';
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/users/me/settings',
      summary: 'All settings of the caller, with defaults for what was never set.',
      auth: 'user',
      answers: { 200: settingsSchema },
      async handle(_input, { caller }) {
        return { status: 200, body: await settings.readAll(caller.userId) };
      },
    }),
    defineRoute({
      method: 'GET',
      path,
      summary: 'One setting of the caller.',
      auth: 'user',
      params: keyParams,
      answers: { 200: valueSchema },
      errors: ['unknown_setting'],
      async handle({ params }, { caller }) {
        return { status: 200, body: { value: await settings.read(caller.userId, params.key) } };
      },
    }),
    defineRoute({
      method: 'PUT',
      path,
      summary: 'Set one setting of the caller.',
      auth: 'user',
      params: keyParams,
      body: valueBody,
      answers: { 200: valueSchema },
      errors: ['unknown_setting'],
      async handle({ params, body }, { caller }) {
        const value = await settings.write(caller.userId, params.key, body.value);
        return { status: 200, body: { value } };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path,
      summary: 'Go back to the default of one setting.',
      auth: 'user',
      params: keyParams,
      answers: { 200: valueSchema },
      errors: ['unknown_setting'],
      async handle({ params }, { caller }) {
        return { status: 200, body: { value: await settings.reset(caller.userId, params.key) } };
      },
    }),
  ];
}
