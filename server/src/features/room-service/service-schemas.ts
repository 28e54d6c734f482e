import {
  type CreateServiceRoomRequest,
  DATA_KINDS,
  DUPLICATE_IDENTITY_POLICIES,
  LIMITS,
  type MuteTrackRequest,
  PARTICIPANT_ROLES,
  type PerformRpcRequest,
  ROOM_STATUSES,
  type RoomBan,
  type SendDataRequest,
  type ServiceParticipant,
  type ServiceRoom,
  TRACK_SOURCES,
  type TrackInfo,
  type UpdateServiceParticipantRequest,
  type UpdateSubscriptionsRequest,
  VIDEO_CODECS,
} from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { attributesRecord, textOfBytes } from '../../kernel/participant-schemas.ts';
import { typedLine } from '../../kernel/text.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import { givenData, grantsSchema } from '../joining/grants-schema.ts';
import { freeText, projectRoomName, roomConfigurationFields } from '../rooms/room-configuration.ts';

const DEFAULT_PAGE = 20;
const MAX_NAMES = 100;
const MAX_TRACKS = 1_000;
/** The server adds a number to who is in a room twice. */
const IDENTITY_LENGTH = LIMITS.identity + 10;
const MIN_RESPONSE_TIMEOUT_MS = 1_000;
const MAX_RESPONSE_TIMEOUT_MS = 60_000;
const BASE64_OF_PAYLOAD = 4 * Math.ceil(LIMITS.dataPayloadBytes / 3);

const identity = freeText(4 * IDENTITY_LENGTH)
  .min(1)
  .max(IDENTITY_LENGTH);
const roles = PARTICIPANT_ROLES.filter((role) => role !== 'host');

/** The path of a room. */
export const roomParams = z.strictObject({ room: projectRoomName });
/** The path of somebody in a room. */
export const participantParams = z.strictObject({ room: projectRoomName, identity });

/** What a list of rooms is to have. */
export const roomsQuery = pageQuery({ defaultLimit: DEFAULT_PAGE }).extend({
  status: z.enum(ROOM_STATUSES).optional().meta({ description: 'Default: of any.' }),
  names: z
    .union([projectRoomName.transform((name) => [name]), z.array(projectRoomName).max(MAX_NAMES)])
    .optional()
    .meta({ description: 'Of this name only; several times for several.' }),
  prefix: freeText(4 * LIMITS.roomName).default(''),
});
/** Which page of those who are in a room. */
export const participantsQuery = pageQuery({ defaultLimit: 100 });
/** How somebody is sent out. */
export const removalQuery = z.strictObject({
  ban: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  reason: typedLine(0, LIMITS.banReason).default(''),
});
/** To where somebody's tracks are not to go any more. */
export const otherRoomQuery = z.strictObject({ room: projectRoomName });

/** A room to be made. */
export const createRoomBody = exactly<CreateServiceRoomRequest>()(
  z.strictObject({ name: projectRoomName, ...roomConfigurationFields }),
);
/** What becomes different of somebody. */
export const updateParticipantBody = exactly<UpdateServiceParticipantRequest>()(
  z.strictObject({
    name: typedLine(1, LIMITS.displayName).optional(),
    metadata: freeText(LIMITS.metadataBytes).optional(),
    attributes: attributesRecord.optional(),
    role: z.enum(roles).optional(),
    grants: z
      .strictObject({
        publish: z
          .strictObject({
            camera: z.boolean(),
            microphone: z.boolean(),
            screen_share: z.boolean(),
            screen_share_audio: z.boolean(),
          })
          .optional(),
        subscribe: z.boolean().optional(),
        data: givenData.optional(),
        hidden: z.boolean().optional(),
        moderate: z.boolean().optional(),
        updateSelf: z.boolean().optional(),
      })
      .optional(),
  }),
);
/** A track to be muted. */
export const muteBody = exactly<MuteTrackRequest>()(
  z.strictObject({ trackId: z.string().max(100), isMuted: z.boolean() }),
);
/** What somebody is to receive, or no longer. */
export const subscriptionsBody = exactly<UpdateSubscriptionsRequest>()(
  z.strictObject({
    trackIds: z.array(z.string().max(100)).max(MAX_TRACKS),
    isSubscribed: z.boolean(),
  }),
);
/** A method of somebody's to be called. */
export const rpcBody = exactly<PerformRpcRequest>()(
  z.strictObject({
    method: z.string().min(1).max(LIMITS.rpcMethod),
    payload: textOfBytes(LIMITS.rpcPayloadBytes),
    responseTimeoutMs: z.int().min(MIN_RESPONSE_TIMEOUT_MS).max(MAX_RESPONSE_TIMEOUT_MS).optional(),
  }),
);
/** Another room. */
export const otherRoomBody = z.strictObject({ room: projectRoomName });
/** Data to be sent. */
export const sendDataBody = exactly<SendDataRequest>()(
  z.strictObject({
    payload: z.base64().max(BASE64_OF_PAYLOAD),
    topic: textOfBytes(LIMITS.dataTopicBytes).optional(),
    kind: z.enum(DATA_KINDS).optional(),
    destinationIdentities: z.array(identity).min(1).max(LIMITS.dataDestinations).optional(),
  }),
);

/** A room on the wire. */
export const serviceRoom = exactly<ServiceRoom>()(
  z
    .strictObject({
      id: uuid,
      name: z.string(),
      status: z.enum(ROOM_STATUSES),
      metadata: z.string(),
      emptyTimeoutS: z.int().nullable(),
      departureTimeoutS: z.int().nullable(),
      maxParticipants: z.int(),
      videoCodecs: z.array(z.enum(VIDEO_CODECS)),
      lastN: z.int(),
      loudestN: z.int(),
      lobby: z.boolean(),
      isLocked: z.boolean(),
      hasPassword: z.boolean(),
      guests: z.boolean(),
      duplicateIdentity: z.enum(DUPLICATE_IDENTITY_POLICIES),
      numParticipants: z.int(),
      numPublishers: z.int(),
      createdAt: timestamp,
      endedAt: timestamp.nullable(),
    })
    .meta({ id: 'ServiceRoom' }),
);
/** A page of rooms on the wire. */
export const serviceRoomPage = pageOf('ServiceRoomPage', serviceRoom);

/** A track on the wire. */
export const trackInfo = exactly<TrackInfo>()(
  z
    .strictObject({
      trackId: z.string(),
      participantId: z.string(),
      kind: z.enum(['audio', 'video']),
      source: z.enum(TRACK_SOURCES),
      name: z.string(),
      isMuted: z.boolean(),
      mimeType: z.string(),
      width: z.number(),
      height: z.number(),
      replaces: z.string().optional(),
    })
    .meta({ id: 'TrackInfo' }),
);

/** Somebody in a room on the wire. */
export const serviceParticipant = exactly<ServiceParticipant>()(
  z
    .strictObject({
      participantId: z.string(),
      identity: z.string(),
      name: z.string(),
      metadata: z.string(),
      attributes: z.record(z.string(), z.string()),
      role: z.enum(PARTICIPANT_ROLES),
      grants: grantsSchema,
      joinedAt: timestamp,
      handRaisedAt: timestamp.nullable(),
      tracks: z.array(trackInfo),
    })
    .meta({ id: 'ServiceParticipant' }),
);
/** A page of those who are in a room on the wire. */
export const serviceParticipantPage = pageOf('ServiceParticipantPage', serviceParticipant);

/** Who may not come in any more, on the wire. */
export const roomBans = z.array(
  exactly<RoomBan>()(
    z
      .strictObject({
        identity: z.string(),
        name: z.string(),
        reason: z.string(),
        bannedAt: timestamp,
      })
      .meta({ id: 'RoomBan' }),
  ),
);

/** What became of a call, on the wire. */
export const rpcOutcome = z
  .union([
    z.strictObject({ payload: z.string() }),
    z.strictObject({
      error: z.strictObject({
        code: z.int(),
        message: z.string(),
        data: z.string().optional(),
      }),
    }),
  ])
  .meta({ id: 'RpcOutcome' });
