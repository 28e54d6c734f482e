import {
  type ListedRoom,
  PARTICIPANT_ROLES,
  ROOM_STATUSES,
  type Room,
  type RoomParticipant,
  type RoomSettings,
  VIDEO_CODECS,
} from '@balai/protocol';
import { z } from 'zod';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';

const roomFields = {
  id: uuid,
  name: z.string(),
  description: z.string().nullable(),
  hostId: uuid,
  status: z.enum(ROOM_STATUSES),
  hasPassword: z.boolean(),
  guestsAllowed: z.boolean(),
  maxUsers: z.int(),
  createdAt: timestamp,
  scheduledAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
};

/** A room on the wire. */
export const roomSchema = exactly<Room>()(z.strictObject(roomFields).meta({ id: 'Room' }));

/** A page of rooms on the wire. */
export const roomPage: z.ZodType<{ readonly items: readonly ListedRoom[] }> = pageOf(
  'RoomPage',
  z.strictObject({ ...roomFields, participantCount: z.int() }).meta({ id: 'ListedRoom' }),
);

/** A participant of a room on the wire. */
export const participantSchema = exactly<RoomParticipant>()(
  z
    .strictObject({
      identity: z.string(),
      name: z.string(),
      role: z.enum(PARTICIPANT_ROLES),
      isGuest: z.boolean(),
      joinedAt: timestamp,
      leftAt: timestamp.nullable(),
    })
    .meta({ id: 'RoomParticipant' }),
);

/** A page of participants on the wire. */
export const participantPage = pageOf('RoomParticipantPage', participantSchema);

/** The settings of a room on the wire. */
export const settingsSchema = exactly<RoomSettings>()(
  z
    .strictObject({
      guests_allowed: z.boolean(),
      chat_enabled: z.boolean(),
      files_enabled: z.boolean(),
      lobby_enabled: z.boolean(),
      listeners_by_default: z.boolean(),
      reactions_enabled: z.boolean(),
      hand_raising: z.boolean(),
      loudest_n: z.int(),
      last_n: z.int(),
      video_codecs: z.array(z.enum(VIDEO_CODECS)),
    })
    .meta({ id: 'RoomSettings' }),
);
