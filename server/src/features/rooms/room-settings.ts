import { type Identity, may, type RoomId, type RoomSettings, VIDEO_CODECS } from '@balai/protocol';
import { z } from 'zod';
import { createSettingRegistry, setting } from '../../kernel/settings.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { RoomCache } from './room-cache.ts';
import { type Rooms, roleOf } from './rooms.ts';

/** Every setting that a room has. */
export const ROOM_SETTINGS = createSettingRegistry({
  guests_allowed: setting(z.boolean(), true, 'People without an account may join.'),
  chat_enabled: setting(
    z.boolean(),
    true,
    'Everybody may write in the chat; else hosts and moderators only.',
  ),
  files_enabled: setting(z.boolean(), true, 'Everybody who may write may also send files.'),
  lobby_enabled: setting(
    z.boolean(),
    false,
    'Who comes waits until the host or a moderator lets them in.',
  ),
  listeners_by_default: setting(
    z.boolean(),
    false,
    'Who is new comes as a listener, and speaks when they are called up to the stage.',
  ),
  reactions_enabled: setting(z.boolean(), true, 'Everybody may send reactions.'),
  hand_raising: setting(z.boolean(), true, 'Everybody may raise their hand.'),
  loudest_n: setting(z.int().min(1).max(50), 6, 'The most microphones that are heard at a time.'),
  last_n: setting(
    z.int().min(0).max(500),
    25,
    'The most cameras and screens that are sent to each person, those whom they pin aside.',
  ),
  video_codecs: setting(
    z
      .array(z.enum(VIDEO_CODECS))
      .max(VIDEO_CODECS.length)
      .refine((codecs) => new Set(codecs).size === codecs.length, 'must name each codec once'),
    [],
    'In which codecs cameras and screens are to be sent, the best first; empty for no wish.',
  ),
});

/** Settings of rooms. */
export interface RoomSettingsDesk {
  /** For members and administrators. @throws AppError `room_not_found`, `forbidden`. */
  read(roomId: RoomId, callerId: Identity): Promise<RoomSettings>;

  /**
   * Sets one setting, for the host.
   *
   * @param value Undefined goes back to the default.
   * @throws AppError `room_not_found`, `forbidden`, `unknown_setting`, `invalid_request`.
   */
  write(roomId: RoomId, callerId: Identity, key: string, value: unknown): Promise<RoomSettings>;
}

/** Hears what holds in a room from now on. */
export type TellSettings = (roomId: RoomId, settings: RoomSettings) => void;

/** Settings in the database. */
export function createRoomSettings(
  rooms: Pick<Rooms, 'actIn' | 'get'>,
  cache: Pick<RoomCache, 'change'>,
  tellChanged: TellSettings,
): RoomSettingsDesk {
  return {
    read: (roomId, callerId) =>
      rooms.actIn(
        roomId,
        callerId,
        ({ isMember, isAdmin }) => isMember || isAdmin,
        (db, room) => readRoomSettings(db, room.id),
      ),

    async write(roomId, callerId, key, value) {
      ROOM_SETTINGS.find(key);
      const stored = value === undefined ? undefined : ROOM_SETTINGS.write(key, value);
      const { id } = await rooms.get(roomId);
      // Some of the settings are a part of what everybody may know of the room.
      const settings = await cache.change(id, () =>
        rooms.actIn(
          id,
          callerId,
          (standing) => may('changeRoom', roleOf(standing)),
          async (db) => {
            await writeRoomSetting(db, id, key, stored);
            return await readRoomSettings(db, id);
          },
        ),
      );
      tellChanged(id, settings);
      return settings;
    },
  };
}

/** What holds in a room, for somebody who is or was in it. */
export async function readRoomSettings(db: Queryable, roomId: RoomId): Promise<RoomSettings> {
  const rows = await db.query<{ readonly setting_key: string; readonly setting_value: string }>(
    'SELECT setting_key, setting_value FROM room_settings WHERE room_id = $1',
    [roomId],
  );
  return ROOM_SETTINGS.readAll(rows.map((row) => [row.setting_key, row.setting_value]));
}

async function writeRoomSetting(
  db: Queryable,
  roomId: RoomId,
  key: string,
  stored: string | undefined,
): Promise<void> {
  if (stored === undefined) {
    await db.query('DELETE FROM room_settings WHERE room_id = $1 AND setting_key = $2', [
      roomId,
      key,
    ]);
    return;
  }
  await db.query(
    `INSERT INTO room_settings (room_id, setting_key, setting_value) VALUES ($1, $2, $3)
     ON CONFLICT (room_id, setting_key) DO UPDATE SET setting_value = EXCLUDED.setting_value`,
    [roomId, key, stored],
  );
}
