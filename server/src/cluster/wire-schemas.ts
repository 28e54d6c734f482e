import { createHash } from 'node:crypto';
import {
  DATA_CLOSE_REASONS,
  ERROR_CODES,
  type RtpCapabilities,
  VIDEO_CODECS,
} from '@balai/protocol';
import { z } from 'zod';
import { AppError } from '../kernel/app-error.ts';
import { faultDetails } from '../kernel/fault-details.ts';
import type { WorkerLoad } from '../media/media-plane.ts';
import {
  type AdoptAnswer,
  type CommandAnswer,
  type CommandMessage,
  NODE_COMMANDS,
  type NodeCommand,
  type NodeFact,
  type NodeFacts,
  type NodeHello,
  type NodeReport,
  type PersonInRoom,
  type ReportAnswer,
  type ResumeAnswer,
  type ResumeOrder,
} from './wire.ts';

/*
 * What is checked where a message of the other side comes in. The arguments and results of
 * commands are not: a replica checked what clients say, and both sides are of one version.
 */

const id = z.string().min(1).max(200);
const ids = z.array(id).max(100_000);
const count = z.int().min(0);
const share = z.number().min(0).max(1_000);

const nodeInfo = {
  nodeId: z.string().regex(/^[\w.:-]{1,100}$/, 'must be 1 to 100 letters, digits and . _ : -'),
  bootId: z.string().regex(/^[\w-]{1,100}$/, 'must be 1 to 100 letters, digits and -'),
  region: z.string().min(1).max(100).nullable(),
  labels: z
    .record(z.string().min(1).max(100), z.string().max(200))
    .refine((labels) => Object.keys(labels).length <= 50, 'must be at most 50 labels'),
  addresses: z.array(z.string().max(255)).max(64),
  capacity: z.strictObject({ cores: z.number().positive().max(4_096) }),
  workers: count.max(4_096),
};

export const nodeHello: z.ZodType<NodeHello> = z.strictObject({
  ...nodeInfo,
  protocol: z.int(),
  nodeKey: z.string().max(1_000),
  routerFingerprint: z.string().max(100),
  linkedTo: z.array(id).max(1_000),
});

export const resumeOrder: z.ZodType<ResumeOrder> = z.strictObject({
  replicaId: id,
  conversationId: id,
  participantIds: ids,
  received: count,
});

export const resumeAnswer: z.ZodType<ResumeAnswer> = z.strictObject({ missing: ids, told: count });

export const commandMessage: z.ZodType<CommandMessage> = z
  .strictObject({
    id: z.int().min(1),
    settled: count,
    command: z.enum(Object.keys(NODE_COMMANDS) as NodeCommand[]),
    args: z.array(z.unknown()).max(10),
  })
  .refine(({ command, args }) => args.length === NODE_COMMANDS[command], {
    error: 'must have as many args as the command takes',
  });

const wireError = z.strictObject({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.number().exactOptional(),
  details: z.array(z.string()).exactOptional(),
});

export const commandAnswer: z.ZodType<CommandAnswer> = z.union([
  z.strictObject({ id: z.int().min(1), error: wireError }),
  // Undefined, the result of most commands, does not travel.
  z
    .strictObject({ id: z.int().min(1), result: z.unknown().optional() })
    .transform((answer) => ({ id: answer.id, result: answer.result })),
]);

export const people: z.ZodType<readonly PersonInRoom[]> = z
  .array(z.strictObject({ participantId: id, roomId: id }))
  .max(100_000);

export const adoptAnswer: z.ZodType<AdoptAnswer> = z.strictObject({ adopted: ids });

const workerLoad: z.ZodType<WorkerLoad> = z.strictObject({
  pid: count,
  slot: count,
  restarts: count,
  memoryBytes: count,
  routers: count,
  transports: count,
  consumers: count,
  pipes: count,
  cpuShare: share,
  share,
  isBusy: z.boolean(),
  incomingBps: z.number().min(0),
  outgoingBps: z.number().min(0),
});

export const nodeReport: z.ZodType<NodeReport> = z.strictObject({
  load: z.array(workerLoad).max(4_096),
  isDraining: z.boolean(),
  isDrained: z.boolean(),
});

export const reportAnswer: z.ZodType<ReportAnswer> = z.strictObject({
  received: count,
  isDrained: z.boolean().nullable(),
});

const lineSample = z
  .strictObject({
    score: z.number().min(0).max(10),
    loss: z.number().min(0).max(1).nullable(),
    jitterMs: z.number().nullable(),
    roundTripMs: z.number().nullable(),
  })
  .nullable();

/** Every fact. One that is missing does not compile. */
export const FACTS: { readonly [Fact in NodeFact]: z.ZodType<NodeFacts[Fact]> } = {
  mediaLost: z.strictObject({ roomId: id, participantIds: ids }),
  transportFailed: z.strictObject({ participantId: id, transportId: id }),
  streamsChanged: z.strictObject({
    participantId: id,
    states: z.array(z.strictObject({ subscriptionId: id, state: z.enum(['active', 'paused']) })),
  }),
  layersNeeded: z.strictObject({
    participantId: id,
    needed: z.strictObject({
      trackId: id,
      spatialLayer: count.nullable(),
      temporalLayer: count.optional(),
    }),
  }),
  codecNeeded: z.strictObject({
    participantId: id,
    trackId: id,
    videoCodecs: z.array(z.enum(VIDEO_CODECS)),
  }),
  audioLevels: z.strictObject({
    roomId: id,
    levels: z.array(z.strictObject({ trackId: id, volumeDb: z.number() })),
  }),
  lineMeasured: z.strictObject({
    participantId: id,
    isReachable: z.boolean(),
    send: lineSample,
    receive: lineSample,
  }),
  dataClosed: z.strictObject({
    participantId: id,
    direction: z.enum(['send', 'receive']),
    reason: z.enum(DATA_CLOSE_REASONS),
  }),
  linkClosed: z.strictObject({ roomId: id, peerId: id }),
};

const factEnvelope = z.strictObject({
  number: z.int().min(1),
  name: z.enum(Object.keys(FACTS) as NodeFact[]),
  fact: z.unknown(),
});

/** A fact as it is told: to `emit` of an emitter of {@link NodeFacts}. */
export type ToldFact = {
  [Fact in NodeFact]: {
    readonly number: number;
    readonly name: Fact;
    readonly fact: NodeFacts[Fact];
  };
}[NodeFact];

/** @throws AppError `invalid_request` */
export function readFact(message: unknown): ToldFact {
  const { number, name, fact } = read(factEnvelope, message, 'fact');
  return { number, name, fact: read(FACTS[name] as z.ZodType, fact, name) } as ToldFact;
}

/**
 * @param what For the message.
 * @throws AppError `invalid_request`
 */
export function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', `This ${what} does not have the form that it should have`, {
    details: faultDetails(parsed.error, what),
  });
}

/** Of what routers can take. Nodes that differ in it would refuse what clients were promised. */
export function fingerprintOf(capabilities: RtpCapabilities): string {
  return createHash('sha256').update(JSON.stringify(capabilities)).digest('base64url');
}
