import {
  KIND_OF_SOURCE,
  LIMITS,
  type Method,
  type Params,
  type PublishParams,
  type SubscriptionUpdate,
  TRACK_SOURCES,
} from '@balai/protocol';
import { z } from 'zod';
import { attributesRecord, metadataText } from '../../kernel/participant-schemas.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import { boundedArray } from './bounded.ts';
import { breakoutSchemas } from './breakout-handlers.ts';
import { dataSchemas } from './data-schemas.ts';
import { moderationSchemas } from './moderation-schemas.ts';
import { dtlsParameters, rtpParameters } from './rtp-schemas.ts';

const MAX_PIXELS = 16_384;
const MAX_FRAME_RATE = 240;
const MAX_SUBSCRIPTIONS = 2_000;
const MAX_HISTORY_PAGE = 100;
/** Each of them costs what it changes: turning one off and on again has no end. */
const ONCE = 'must name each subscription once';

const id = z.string().min(1).max(100);
/** In lower case, as the database gives it back. */
const messageId = z.guid().toLowerCase();
const pixels = z.int().min(0).max(MAX_PIXELS);
const nothing: z.ZodType<Record<string, never>> = z.strictObject({});

/** Whole numbers: the media plane passes some of them on to its workers. */
const subscriptionUpdate: z.ZodType<SubscriptionUpdate> = z.strictObject({
  subscriptionId: id,
  isWanted: z.boolean().optional(),
  width: pixels.optional(),
  height: pixels.optional(),
  frameRate: z.int().min(1).max(MAX_FRAME_RATE).optional(),
  priority: z.int().min(1).max(255).optional(),
});

const publish: z.ZodType<PublishParams> = z
  .strictObject({
    clientTrackId: id,
    source: z.enum(TRACK_SOURCES),
    name: typedLine(0, LIMITS.trackName),
    isMuted: z.boolean(),
    width: pixels,
    height: pixels,
    rtpParameters,
    replaces: id.optional(),
  })
  .refine(isOfItsKind, {
    path: ['rtpParameters', 'codecs'],
    error: 'must be codecs of the kind that the source holds',
  });

/** What the params of each method must look like. A method that is missing here does not compile. */
export const requestSchemas: { readonly [M in Method]: z.ZodType<Params<M>> } = {
  'transport.connect': z.strictObject({ transportId: id, dtlsParameters }),
  'transport.restartIce': z.strictObject({ transportId: id }),
  'media.moved': z.strictObject({ moveId: id }),
  'track.publish': publish,
  'track.unpublish': z.strictObject({ trackId: id }),
  'track.setMuted': z.strictObject({ trackId: id, isMuted: z.boolean() }),
  'subscriptions.update': z.strictObject({
    updates: boundedArray(subscriptionUpdate, MAX_SUBSCRIPTIONS).refine(nameEachOnce, ONCE),
  }),
  'subscriptions.start': z.strictObject({ subscriptionIds: boundedArray(id, MAX_SUBSCRIPTIONS) }),
  'chat.send': z.strictObject({
    messageId,
    text: typedText(1, LIMITS.chatText),
    mentions: boundedArray(messageId, LIMITS.mentions).optional(),
    to: z.string().min(1).max(LIMITS.identity).optional(),
  }),
  'chat.edit': z.strictObject({ messageId, text: typedText(1, LIMITS.chatText) }),
  'chat.delete': z.strictObject({ messageId }),
  'chat.history': z.strictObject({
    before: z.string().max(500).optional(),
    limit: z.int().min(1).max(MAX_HISTORY_PAGE).optional(),
  }),
  'transport.open': z.strictObject({ direction: z.enum(['send', 'receive']) }),
  'self.update': z.strictObject({
    name: typedLine(1, LIMITS.displayName).optional(),
    metadata: metadataText.optional(),
    attributes: attributesRecord.optional(),
  }),
  ...dataSchemas,
  ...moderationSchemas,
  ...breakoutSchemas,
  'room.token': nothing,
  'room.leave': nothing,
};

/** Whether the protocol has a method of this name. */
export function isMethod(name: unknown): name is Method {
  return typeof name === 'string' && Object.hasOwn(requestSchemas, name);
}

function nameEachOnce(updates: readonly SubscriptionUpdate[]): boolean {
  return new Set(updates.map(({ subscriptionId }) => subscriptionId)).size === updates.length;
}

function isOfItsKind({ source, rtpParameters }: PublishParams): boolean {
  const prefix = `${KIND_OF_SOURCE[source]}/`;
  return rtpParameters.codecs.every(({ mimeType }) => mimeType.toLowerCase().startsWith(prefix));
}
