import type { AdminNode, SetNodeStateRequest } from '@balai/protocol';
import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly } from '../../kernel/wire-schemas.ts';
import type { NodeAdministration } from './node-administration.ts';

const nodeParams = z.strictObject({ nodeId: z.string().min(1).max(300) });
const stateBody = exactly<SetNodeStateRequest>()(z.strictObject({ isDraining: z.boolean() }));

const count = z.int().min(0);
const share = z.number().min(0);

const roomSchema = z
  .strictObject({ id: z.string(), name: z.string().nullable(), participants: count })
  .meta({ id: 'AdminNodeRoom' });

const workerSchema = z
  .strictObject({
    slot: count,
    restarts: count,
    load: share,
    cpu: share,
    isBusy: z.boolean(),
    memoryBytes: count,
    routers: count,
    transports: count,
    consumers: count,
    pipes: count,
    incomingBps: z.number().min(0),
    outgoingBps: z.number().min(0),
  })
  .meta({ id: 'AdminWorker' });

const nodeSchema = exactly<AdminNode>()(
  z
    .strictObject({
      id: z.string(),
      region: z.string().nullable(),
      labels: z.record(z.string(), z.string()),
      addresses: z.array(z.string()),
      isDraining: z.boolean(),
      cores: count,
      load: share,
      participants: count,
      roomCount: count,
      rooms: z.array(roomSchema),
      workers: z.array(workerSchema),
    })
    .meta({ id: 'AdminNode' }),
);

/** REST for operators of media nodes. */
export function nodeRoutes(nodes: NodeAdministration): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/admin/nodes',
      summary: 'All media nodes with their workers, loads and largest rooms, as of this second.',
      auth: 'admin',
      answers: { 200: z.array(nodeSchema) },
      errors: ['unavailable'],
      async handle() {
        return { status: 200, body: await nodes.list() };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/admin/nodes/:nodeId',
      summary:
        'Drain a media node: nobody new comes to it, and who is on it moves to others. Or let people come to it again.',
      auth: 'admin',
      params: nodeParams,
      body: stateBody,
      answers: { 200: nodeSchema },
      errors: ['not_found', 'unavailable'],
      async handle({ params, body }) {
        const node = await nodes.setDraining(params.nodeId, body.isDraining);
        return { status: 200, body: node };
      },
    }),
  ];
}
