import type { Grants } from '@balai/protocol';
import { z } from 'zod';
import { exactly } from '../../kernel/wire-schemas.ts';

/** What somebody may do in a room, as answers and tokens say it. */
export const grantsSchema = exactly<Grants>()(
  z
    .strictObject({
      publish: z.strictObject({
        camera: z.boolean(),
        microphone: z.boolean(),
        screen_share: z.boolean(),
        screen_share_audio: z.boolean(),
      }),
      subscribe: z.boolean(),
      data: z.union([z.boolean(), z.array(z.string())]),
      hidden: z.boolean(),
      moderate: z.boolean(),
      updateSelf: z.boolean(),
    })
    .meta({ id: 'Grants' }),
);
