import {
  GIVEN_ROLES,
  LIMITS,
  type ModerationRequests,
  REACTIONS,
  TRACK_SOURCES,
} from '@balai/protocol';
import { z } from 'zod';
import { typedLine } from '../../kernel/text.ts';
import { boundedArray } from './bounded.ts';

const id = z.string().min(1).max(100);
const identity = z.string().min(1).max(LIMITS.identity);
const identities = boundedArray(identity, LIMITS.namedAtOnce);
const nothing: z.ZodType<Record<string, never>> = z.strictObject({});

/** What the params of the methods must look like with which a meeting is led. */
export const moderationSchemas: {
  readonly [M in keyof ModerationRequests]: z.ZodType<ModerationRequests[M]['params']>;
} = {
  'moderation.mute': z.strictObject({ trackId: id }),
  'moderation.muteAll': nothing,
  'moderation.askToUnmute': z.strictObject({ participantId: id, source: z.enum(TRACK_SOURCES) }),
  'moderation.stopTrack': z.strictObject({ trackId: id }),
  'moderation.remove': z.strictObject({ participantId: id }),
  'moderation.ban': z.strictObject({
    participantId: id,
    reason: typedLine(0, LIMITS.banReason).optional(),
  }),
  'moderation.unban': z.strictObject({ identity }),
  'moderation.bans': nothing,
  'moderation.lock': z.strictObject({ isLocked: z.boolean() }),
  'moderation.setRole': z.strictObject({
    participantId: id,
    role: z.enum(GIVEN_ROLES),
  }),
  'moderation.spotlight': z.strictObject({
    identities: boundedArray(identity, LIMITS.spotlight),
  }),
  'hand.raise': z.strictObject({ isRaised: z.boolean() }),
  'hand.lower': z.strictObject({ participantId: id }),
  'reaction.send': z.strictObject({ reaction: z.enum(REACTIONS) }),
  'stage.invite': z.strictObject({ participantId: id }),
  'stage.accept': nothing,
  'stage.decline': nothing,
  'lobby.list': nothing,
  'lobby.approve': z.strictObject({ identities }),
  'lobby.deny': z.strictObject({ identities }),
};
