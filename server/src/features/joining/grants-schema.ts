import { type Grants, LIMITS } from '@balai/protocol';
import { z } from 'zod';
import { exactly } from '../../kernel/wire-schemas.ts';
import { freeText } from '../rooms/room-configuration.ts';

const limitFields = {
  publish: z.strictObject({
    camera: z.boolean(),
    microphone: z.boolean(),
    screen_share: z.boolean(),
    screen_share_audio: z.boolean(),
  }),
  subscribe: z.boolean(),
  data: z.union([z.boolean(), z.array(z.string()).readonly()]),
  updateSelf: z.boolean(),
};

/** What somebody may do in a room, as answers and tokens say it. */
export const grantsSchema = exactly<Grants>()(
  z
    .strictObject({ ...limitFields, hidden: z.boolean(), moderate: z.boolean() })
    .meta({ id: 'Grants' }),
);

/** Some of what somebody may do at most, as tokens say it. */
export const someLimits = z.strictObject(limitFields).partial();

/** Whether somebody may send data, or on which topics, as applications say it. */
export const givenData = z.union([
  z.boolean(),
  z
    .array(freeText(LIMITS.dataTopicBytes).min(1))
    .max(LIMITS.grantedTopics)
    .refine((topics) => Buffer.byteLength(JSON.stringify(topics)) <= LIMITS.grantedTopicsBytes, {
      error: `must be at most ${LIMITS.grantedTopicsBytes} bytes, as JSON`,
    }),
]);
