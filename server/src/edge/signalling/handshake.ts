import { type Handshake, LIMITS, PROTOCOL_VERSION } from '@balai/protocol';
import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import { faultDetails } from '../../kernel/fault-details.ts';
import { rtpCapabilities } from './rtp-schemas.ts';

const versioned = z.object({ protocol: z.int() });

const handshake: z.ZodType<Handshake> = z.strictObject({
  protocol: z.int(),
  token: z.string().min(1).max(LIMITS.roomToken),
  rtpCapabilities,
  receivesData: z.boolean().optional(),
  sdk: z.strictObject({ name: z.string().max(100), version: z.string().max(100) }),
  canResume: z.boolean().optional(),
  canMove: z.boolean().optional(),
  resume: z
    .strictObject({
      participantId: z.string().min(1).max(100),
      received: z.int().min(0),
      takesSnapshot: z.boolean().optional(),
    })
    .optional(),
});

/**
 * Reads what a client said as its socket opened.
 *
 * @throws AppError `invalid_request`; `unsupported_protocol` for another version,
 * whatever the rest of its handshake looks like.
 */
export function readHandshake(auth: unknown): Handshake {
  const version = versioned.safeParse(auth);
  if (version.success && version.data.protocol !== PROTOCOL_VERSION) {
    throw new AppError('unsupported_protocol');
  }
  const parsed = handshake.safeParse(auth);
  if (!parsed.success) {
    throw new AppError('invalid_request', undefined, { details: faultDetails(parsed.error) });
  }
  return parsed.data;
}
