import type { IceServer, JoinAnswer, JoinInfo, RtpCapabilities } from '@balai/protocol';
import { z } from 'zod';
import { exactly, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import { roomSchema } from '../rooms/room-schemas.ts';
import { grantsSchema } from './grants-schema.ts';

const parameters = z.record(z.string(), z.union([z.string(), z.number()]));

const routerCapabilities = z
  .strictObject({
    codecs: z.array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        mimeType: z.string(),
        preferredPayloadType: z.int(),
        clockRate: z.int(),
        channels: z.int().optional(),
        parameters: parameters.optional(),
        rtcpFeedback: z
          .array(z.strictObject({ type: z.string(), parameter: z.string().optional() }))
          .optional(),
      }),
    ),
    headerExtensions: z.array(
      z.strictObject({
        kind: z.enum(['audio', 'video']),
        uri: z.string(),
        preferredId: z.int(),
        preferredEncrypt: z.boolean().optional(),
        direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
      }),
    ),
  })
  .meta({ id: 'RtpCapabilities' }) as z.ZodType<RtpCapabilities>;

const iceServer = z
  .strictObject({
    urls: z.array(z.string()),
    username: z.string().optional(),
    credential: z.string().optional(),
  })
  .meta({ id: 'IceServer' }) as z.ZodType<IceServer>;

/** What a client needs before its socket opens, field by field. */
export const joinInfoFields = {
  url: z.string(),
  iceServers: z.array(iceServer),
  routerCapabilities,
};

/** What a client needs before its socket opens, on the wire. */
export const joinInfo = exactly<JoinInfo>()(
  z.strictObject(joinInfoFields).meta({ id: 'JoinInfo' }),
);

/** What joining answers. */
export const joinAnswer = exactly<JoinAnswer>()(
  z
    .strictObject({
      ...joinInfoFields,
      token: z.string(),
      tokenExpiresAt: timestamp,
      room: roomSchema,
      identity: uuid,
      name: z.string(),
      grants: grantsSchema,
    })
    .meta({ id: 'JoinAnswer' }),
);
