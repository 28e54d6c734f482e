import type { ConnectionCheckAccess } from '@balai/protocol';
import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly, timestamp } from '../../kernel/wire-schemas.ts';
import { joinInfoFields } from '../joining/join-schemas.ts';
import type { ConnectionChecks } from './connection-checks.ts';

const MINUTE_MS = 60_000;

const connectionCheckAccess = exactly<ConnectionCheckAccess>()(
  z
    .strictObject({
      ...joinInfoFields,
      publisherToken: z.string(),
      receiverToken: z.string(),
      endsAt: timestamp,
    })
    .meta({ id: 'ConnectionCheckAccess' }),
);

/** REST over checks of the connection. */
export function connectionCheckRoutes(checks: ConnectionChecks): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/connection-check',
      summary: 'Open a room for a few minutes, to check there whether media comes through.',
      auth: 'none',
      answers: { 200: connectionCheckAccess },
      errors: ['shutting_down'],
      // An office behind one address; a check takes a minute, and much of its bandwidth.
      limit: { name: 'connection-check', requests: 60, windowMs: 10 * MINUTE_MS },
      async handle(_input, { origin, network }) {
        return { status: 200, body: await checks.open(origin, network) };
      },
    }),
  ];
}
