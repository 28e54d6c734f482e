import { DUPLICATE_IDENTITY_POLICIES, LIMITS, type RoomConfiguration } from '@balai/protocol';
import { z } from 'zod';
import { textOfBytes } from '../../kernel/participant-schemas.ts';
import { isStep, typedText } from '../../kernel/text.ts';
import { exactly } from '../../kernel/wire-schemas.ts';
import { ROOM_SETTINGS } from './room-settings.ts';

/** Ten years: whoever means for ever says null. */
const MAX_TIMEOUT_S = 10 * 365 * 86_400;

const timeoutS = z.int().min(0).max(MAX_TIMEOUT_S).nullable().optional();
const { specs } = ROOM_SETTINGS;

/** Name of a room of a project. */
export const projectRoomName = typedText(1, LIMITS.roomName).refine(
  (text) => !isStep(text),
  'must not be . or ..',
);

/** Text that PostgreSQL takes, with so many bytes at most. */
export function freeText(maxBytes: number) {
  return textOfBytes(maxBytes).refine(
    (text) => text.isWellFormed() && !text.includes('\0'),
    'must be Unicode text without U+0000',
  );
}

/** How a room is to be, field by field. */
export const roomConfigurationFields = {
  emptyTimeoutS: timeoutS,
  departureTimeoutS: timeoutS,
  maxParticipants: z.int().min(1).max(10_000).optional(),
  metadata: freeText(LIMITS.metadataBytes).optional(),
  videoCodecs: specs.video_codecs.schema.optional(),
  lastN: specs.last_n.schema.optional(),
  loudestN: specs.loudest_n.schema.optional(),
  lobby: z.boolean().optional(),
  password: z.string().min(1).max(200).nullable().optional(),
  guests: z.boolean().optional(),
  duplicateIdentity: z.enum(DUPLICATE_IDENTITY_POLICIES).optional(),
};

/** How a room is to be, as tokens and requests of applications say it. */
export const roomConfiguration = exactly<RoomConfiguration>()(
  z.strictObject(roomConfigurationFields),
);

/** What holds in rooms of projects where nothing else was said. */
export const ROOM_DEFAULTS = {
  emptyTimeoutS: 300,
  departureTimeoutS: 20,
  maxParticipants: 100,
} as const;

/** The settings that a configuration speaks of, as they are stored. */
export function settingsOf(
  configuration: RoomConfiguration,
): readonly (readonly [key: string, stored: string])[] {
  const { guests, lobby, lastN, loudestN, videoCodecs } = configuration;
  const values = {
    guests_allowed: guests,
    lobby_enabled: lobby,
    last_n: lastN,
    loudest_n: loudestN,
    video_codecs: videoCodecs,
  };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, ROOM_SETTINGS.write(key, value)]);
}
