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

/**
 * Text that others get: their SDKs write it into a session description, where a
 * line break would begin a line of the publisher's own (RFC 8866, section 5).
 */
const sdpText = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');

const token = sdpText(0, 255);
const name = sdpText(1, 255);
const uint32 = z.int().min(0).max(0xffff_ffff);
const payloadType = z.int().min(0).max(127);
const kind = z.enum(['audio', 'video']);
const mimeType = z
  .string()
  .max(100)
  .regex(/^(audio|video)\/[\w.+-]+$/i);
const channels = z.int().min(1).max(255);

const codecParameters: z.ZodType<CodecParameters> = boundedRecord(
  sdpText(0, 100),
  z.union([sdpText(0, 1_000), z.number()]),
  MAX_CODEC_PARAMETERS,
);

const feedback: z.ZodType<RtcpFeedback> = z.strictObject({
  type: name,
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
  uri: name,
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
  rid: sdpText(0, 16).optional(),
  codecPayloadType: payloadType.optional(),
  rtx: z.strictObject({ ssrc: uint32 }).optional(),
  dtx: z.boolean().optional(),
  scalabilityMode: sdpText(0, 20).optional(),
  maxBitrate: uint32.optional(),
});

/** What a client sends. */
export const rtpParameters: z.ZodType<RtpParameters> = z.strictObject({
  mid: sdpText(0, 32).optional(),
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
      uri: name,
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
