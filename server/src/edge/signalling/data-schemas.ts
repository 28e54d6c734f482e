import { DATA_KINDS, type DataRequests, LIMITS, type RpcOutcome } from '@balai/protocol';
import { z } from 'zod';
import { boundedArray, boundedRecord } from './bounded.ts';

const MAX_STREAM_ID = 65_534;
const MAX_ATTRIBUTES = 32;
const MAX_RESPONSE_TIMEOUT_MS = 600_000;

const id = z.string().min(1).max(100);
const nothing: z.ZodType<Record<string, never>> = z.strictObject({});

/** Text of so many bytes at most, in UTF-8. The characters are counted first: that costs nothing. */
function boundedText(maxBytes: number) {
  return z
    .string()
    .max(maxBytes)
    .refine((text) => Buffer.byteLength(text) <= maxBytes, `must have at most ${maxBytes} bytes`);
}

const payload = boundedText(LIMITS.rpcPayloadBytes);

const outcome: z.ZodType<RpcOutcome> = z.union([
  z.strictObject({ payload }),
  z.strictObject({
    error: z.strictObject({
      code: z.int().min(0).max(0xffff_ffff),
      message: boundedText(LIMITS.rpcErrorMessageBytes),
      data: payload.optional(),
    }),
  }),
]);

/** What the params of requests must look like that concern data, texts and calls. */
export const dataSchemas: {
  readonly [M in keyof DataRequests]: z.ZodType<DataRequests[M]['params']>;
} = {
  'data.open': z.strictObject({
    kind: z.enum(DATA_KINDS),
    streamId: z.int().min(0).max(MAX_STREAM_ID),
  }),
  'data.flush': z.strictObject({ messages: z.int().min(0) }),
  'data.subscribe': nothing,
  'text.send': z.strictObject({
    textId: id,
    topic: boundedText(LIMITS.dataTopicBytes),
    text: z.string().max(LIMITS.dataText),
    attributes: boundedRecord(
      z.string().max(100),
      z.string().max(1_000),
      MAX_ATTRIBUTES,
    ).optional(),
    destinationIdentities: boundedArray(id, LIMITS.dataDestinations).optional(),
  }),
  'rpc.call': z.strictObject({
    callId: id,
    destinationIdentity: id,
    method: z.string().min(1).max(LIMITS.rpcMethod),
    payload,
    responseTimeoutMs: z.int().min(1).max(MAX_RESPONSE_TIMEOUT_MS),
  }),
  'rpc.accept': z.strictObject({ callId: id }),
  'rpc.answer': z.strictObject({ callId: id, outcome }),
};
