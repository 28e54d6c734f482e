import type { UserSettings } from '@balai/protocol';
import { z } from 'zod';
import { createSettingRegistry, setting } from '../../kernel/settings.ts';
import type { Database } from '../../store/postgres/database.ts';

/** Every setting that a user has: those that an app of ours follows. */
export const USER_SETTINGS = createSettingRegistry({
  join_muted: setting(z.boolean(), false, 'Enter meetings with the microphone muted.'),
  join_without_camera: setting(z.boolean(), false, 'Enter meetings with the camera off.'),
  mirror_own_video: setting(z.boolean(), true, "Show one's own picture as in a mirror."),
});

/** What people have chosen. */
export interface UserSettingsDesk {
  readAll(userId: string): Promise<UserSettings>;
  /** @throws AppError `unknown_setting`. */
  read(userId: string, key: string): Promise<unknown>;
  /** @throws AppError `unknown_setting`, `invalid_request`. */
  write(userId: string, key: string, value: unknown): Promise<unknown>;
  /** Goes back to the default. @throws AppError `unknown_setting`. */
  reset(userId: string, key: string): Promise<unknown>;
}

interface Row {
  readonly setting_key: string;
  readonly setting_value: string | null;
}

/** Settings in the database. */
export function createUserSettings(database: Database): UserSettingsDesk {
  const readAll = async (userId: string): Promise<UserSettings> => {
    const rows = await database.asUser(userId, (db) =>
      db.query<Row>('SELECT setting_key, setting_value FROM user_settings WHERE user_id = $1', [
        userId,
      ]),
    );
    return USER_SETTINGS.readAll(rows.map((row) => [row.setting_key, row.setting_value]));
  };

  const read = async (userId: string, key: string): Promise<unknown> => {
    USER_SETTINGS.find(key);
    return (await readAll(userId))[key as keyof UserSettings];
  };

  return {
    readAll,
    read,
    async write(userId, key, value) {
      const stored = USER_SETTINGS.write(key, value);
      await database.asUser(userId, (db) =>
        db.query(
          `INSERT INTO user_settings (user_id, setting_key, setting_value) VALUES ($1, $2, $3)
           ON CONFLICT (user_id, setting_key) DO UPDATE SET setting_value = EXCLUDED.setting_value`,
          [userId, key, stored],
        ),
      );
      return await read(userId, key);
    },
    async reset(userId, key) {
      USER_SETTINGS.find(key);
      await database.asUser(userId, (db) =>
        db.query('DELETE FROM user_settings WHERE user_id = $1 AND setting_key = $2', [
          userId,
          key,
        ]),
      );
      return await read(userId, key);
    },
  };
}
