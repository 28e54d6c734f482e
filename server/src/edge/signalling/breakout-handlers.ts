import { type BreakoutRequests, LIMITS } from '@balai/protocol';
import { z } from 'zod';
import type { Breakouts } from '../../features/breakouts/breakouts.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import { boundedArray } from './bounded.ts';
import type { Handler } from './handler.ts';

const identity = z.string().min(1).max(LIMITS.identity);
/** In lower case, as the database gives it back. */
const uuid = z.guid().toLowerCase();
const nothing: z.ZodType<Record<string, never>> = z.strictObject({});

/** What the params of the methods must look like that concern the rooms beside a room. */
export const breakoutSchemas: {
  readonly [M in keyof BreakoutRequests]: z.ZodType<BreakoutRequests[M]['params']>;
} = {
  'breakouts.create': z.strictObject({
    rooms: boundedArray(
      z.strictObject({
        name: typedLine(1, LIMITS.displayName),
        identities: boundedArray(identity, LIMITS.namedAtOnce),
      }),
      LIMITS.breakoutRooms,
    ).refine(({ length }) => length > 0, 'must not be empty'),
  }),
  'breakouts.list': nothing,
  'breakouts.assign': z.strictObject({ identity, roomId: uuid.nullable() }),
  'breakouts.broadcast': z.strictObject({
    messageId: uuid,
    text: typedText(1, LIMITS.chatText),
  }),
  'breakouts.recall': nothing,
  'breakouts.leave': nothing,
};

/** The feature with which the rooms beside a room are led. */
export interface BreakoutFeatures {
  readonly breakouts: Breakouts;
}

/** Connects the methods that concern the rooms beside a room to the feature. */
export function createBreakoutHandlers({ breakouts }: BreakoutFeatures): {
  readonly [M in keyof BreakoutRequests]: Handler<M>;
} {
  return {
    'breakouts.create': async (stay, params) => ({ rooms: await breakouts.create(stay, params) }),
    'breakouts.list': async (stay) => ({ rooms: await breakouts.list(stay) }),
    'breakouts.assign': async (stay, params) => {
      await breakouts.assign(stay, params);
      return null;
    },
    'breakouts.broadcast': async (stay, params) => {
      await breakouts.broadcast(stay, params);
      return null;
    },
    'breakouts.recall': async (stay) => {
      await breakouts.recall(stay);
      return null;
    },
    'breakouts.leave': async (stay, _params, afterReply) => {
      const go = await breakouts.leave(stay);
      afterReply(() => void go());
      return null;
    },
  };
}
