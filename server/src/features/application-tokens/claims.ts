import {
  type Grants,
  LIMITS,
  PARTICIPANT_ROLES,
  type ParticipantRole,
  type RoomGrantClaims,
  TRACK_SOURCES,
  type TrackSource,
} from '@balai/protocol';
import { z } from 'zod';
import { attributesRecord, metadataText } from '../../kernel/participant-schemas.ts';
import type { GrantLimits } from '../../kernel/route.ts';
import { isStep, typedLine } from '../../kernel/text.ts';
import { exactly } from '../../kernel/wire-schemas.ts';
import { givenData } from '../joining/grants-schema.ts';
import { GRANTS_OF_ROLE } from '../joining/role-grants.ts';
import { freeText, projectRoomName, roomConfiguration } from '../rooms/room-configuration.ts';

/** `aud` of tokens that say whom they are for. */
export const AUDIENCE = 'balai';

/**
 * It is compared letter by letter, so it is taken as it is, or not at all. The server itself
 * calls somebody who is in a room twice `alice~2` there.
 */
const identity = z
  .string()
  .min(1)
  .max(LIMITS.identity)
  .refine(
    (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
    'must not contain control characters',
  )
  .refine((text) => !/~\d+$/.test(text), 'must not end in ~ and a number')
  .refine((text) => !isStep(text), 'must not be . or ..');

/** Names a token among all that the application signs. */
export const tokenId = freeText(LIMITS.identity).min(1);

const roles = PARTICIPANT_ROLES.filter((role) => role !== 'host');

/** What a token says of its room, field by field. */
export const roomGrantFields = {
  name: projectRoomName,
  join: z.literal(true),
  create: z.union([z.literal(false), roomConfiguration]).optional(),
  canPublish: z.boolean().optional(),
  canPublishSources: z.array(z.enum(TRACK_SOURCES)).max(TRACK_SOURCES.length).optional(),
  canSubscribe: z.boolean().optional(),
  canPublishData: givenData.optional(),
  canUpdateOwnMetadata: z.boolean().optional(),
  hidden: z.boolean().optional(),
  role: z.enum(roles).optional(),
};

/** Whoever writes a claim wrong must not give away more than they meant to: it is refused. */
const room = exactly<RoomGrantClaims>()(z.strictObject(roomGrantFields));

/** What a token of an application says. Claims of other names are the application's own affair. */
export const applicationClaims = z.object({
  sub: identity,
  exp: z.number(),
  iat: z.number().optional(),
  nbf: z.number().optional(),
  jti: tokenId.optional(),
  aud: z
    .union([z.literal(AUDIENCE), z.array(z.string()).refine((all) => all.includes(AUDIENCE))], {
      error: `must name ${AUDIENCE}, where it is there`,
    })
    .optional(),
  name: typedLine(1, LIMITS.displayName).optional(),
  metadata: metadataText.optional(),
  attributes: attributesRecord.optional(),
  room,
  /** A token for requests lets nobody in. */
  service: z.never('must not stand beside room').optional(),
});
export type ApplicationClaims = z.output<typeof applicationClaims>;

/** What a token lets its person do at most, whatever becomes of their role. */
export function limitsOf(claims: RoomGrantClaims): GrantLimits {
  const { canPublish = true, canPublishSources: sources = TRACK_SOURCES } = claims;
  const mayPublish = (source: TrackSource): boolean => canPublish && sources.includes(source);
  return {
    publish: publishOf(mayPublish),
    subscribe: claims.canSubscribe ?? true,
    data: claims.canPublishData ?? true,
    updateSelf: claims.canUpdateOwnMetadata ?? false,
  };
}

function publishOf(mayPublish: (source: TrackSource) => boolean): Grants['publish'] {
  return {
    camera: mayPublish('camera'),
    microphone: mayPublish('microphone'),
    screen_share: mayPublish('screen_share'),
    screen_share_audio: mayPublish('screen_share_audio'),
  };
}

/** What somebody is and may do, by their token: the grants of the role, but for what it says. */
export function grantsOf(claims: RoomGrantClaims): {
  readonly role: ParticipantRole;
  readonly grants: Grants;
} {
  const role = claims.role ?? 'participant';
  const base = GRANTS_OF_ROLE[role];
  const { canPublish, canPublishSources, canSubscribe, canPublishData } = claims;
  const mayPublish = (source: TrackSource): boolean =>
    canPublish === undefined && canPublishSources === undefined
      ? base.publish[source]
      : canPublish !== false && (canPublishSources?.includes(source) ?? true);
  return {
    role,
    grants: {
      publish: publishOf(mayPublish),
      subscribe: canSubscribe ?? base.subscribe,
      data: canPublishData ?? base.data,
      hidden: claims.hidden ?? false,
      moderate: base.moderate,
      updateSelf: claims.canUpdateOwnMetadata ?? false,
    },
  };
}
