import type {
  CodecParameters,
  DtlsParameters,
  RtcpFeedback,
  RtpCapabilities,
  RtpParameters,
} from '@balai/protocol';
import { z } from 'zod';
import { boundedArray, boundedRecord } from './bounded.ts';

/** Far more than any browser has, and few enough to look through. */
const MAX_CODECS = 100;
const MAX_HEADER_EXTENSIONS = 100;
const MAX_FEEDBACKS = 20;
const MAX_CODEC_PARAMETERS = 50;
const MAX_ENCODINGS = 16;
const MAX_FINGERPRINTS = 10;

const token = z.string().max(255);
const uint32 = z.int().min(0).max(0xffff_ffff);
const payloadType = z.int().min(0).max(127);
const kind = z.enum(['audio', 'video']);
const mimeType = z
  .string()
  .max(100)
  .regex(/^(audio|video)\/[\w.+-]+$/i);
const channels = z.int().min(1).max(255);

const codecParameters: z.ZodType<CodecParameters> = boundedRecord(
  z.union([z.string().max(1_000), z.number()]),
  MAX_CODEC_PARAMETERS,
);

const feedback: z.ZodType<RtcpFeedback> = z.strictObject({
  type: token,
  parameter: token.optional(),
});

const codecCapability = z.strictObject({
  kind,
  mimeType,
  preferredPayloadType: payloadType,
  clockRate: uint32,
  channels: channels.optional(),
  parameters: codecParameters.optional(),
  rtcpFeedback: boundedArray(feedback, MAX_FEEDBACKS).optional(),
});

const headerExtension = z.strictObject({
  kind,
  uri: token,
  // RFC 8285: a two-byte header has eight bits for it.
  preferredId: z.int().min(0).max(255),
  preferredEncrypt: z.boolean().optional(),
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
});

/** What a client can receive. */
export const rtpCapabilities: z.ZodType<RtpCapabilities> = z.strictObject({
  codecs: boundedArray(codecCapability, MAX_CODECS),
  headerExtensions: boundedArray(headerExtension, MAX_HEADER_EXTENSIONS),
});

const encoding = z.strictObject({
  ssrc: uint32.optional(),
  rid: z.string().max(16).optional(),
  codecPayloadType: payloadType.optional(),
  rtx: z.strictObject({ ssrc: uint32 }).optional(),
  dtx: z.boolean().optional(),
  scalabilityMode: z.string().max(20).optional(),
  maxBitrate: uint32.optional(),
});

/** What a client sends. */
export const rtpParameters: z.ZodType<RtpParameters> = z.strictObject({
  mid: z.string().max(32).optional(),
  codecs: boundedArray(
    z.strictObject({
      mimeType,
      payloadType,
      clockRate: uint32,
      channels: channels.optional(),
      parameters: codecParameters.optional(),
      rtcpFeedback: boundedArray(feedback, MAX_FEEDBACKS).optional(),
    }),
    MAX_CODECS,
  ),
  headerExtensions: boundedArray(
    z.strictObject({
      uri: token,
      id: z.int().min(0).max(255),
      encrypt: z.boolean().optional(),
      parameters: codecParameters.optional(),
    }),
    MAX_HEADER_EXTENSIONS,
  ),
  encodings: boundedArray(encoding, MAX_ENCODINGS),
  rtcp: z.strictObject({ cname: token.optional(), reducedSize: z.boolean().optional() }),
  msid: token.optional(),
});

/** A client's part of the DTLS handshake. */
export const dtlsParameters: z.ZodType<DtlsParameters> = z.strictObject({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: boundedArray(
    z.strictObject({
      algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']),
      value: z
        .string()
        .max(200)
        .regex(/^[0-9A-F]{2}(:[0-9A-F]{2})+$/),
    }),
    MAX_FINGERPRINTS,
  ),
});
