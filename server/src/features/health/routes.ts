import type { Liveness, Readiness } from '@balai/protocol';
import { z } from 'zod';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly } from '../../kernel/wire-schemas.ts';

const CHECK_TIMEOUT_MS = 1_000;

const readinessSchema = exactly<Readiness>()(
  z
    .strictObject({
      ready: z.boolean(),
      checks: z.strictObject({ database: z.boolean(), redis: z.boolean(), workers: z.boolean() }),
    })
    .meta({ id: 'Readiness' }),
);

export interface HealthDependencies {
  /** Each rejects when its part does not work. */
  readonly checks: {
    readonly database: () => Promise<void>;
    readonly redis: () => Promise<void>;
    /** Rejects without a living worker. */
    readonly workers: () => Promise<void>;
  };
  /** A server that stops is alive, but not ready. */
  readonly isDraining: () => boolean;
  readonly logger: Logger;
}

/** `/healthz`: the process answers. `/readyz`: it can do its work; give it traffic. */
export function healthRoutes({ checks, isDraining, logger }: HealthDependencies): Route[] {
  const passes = async (name: keyof typeof checks): Promise<boolean> => {
    try {
      await withDeadline(checks[name](), CHECK_TIMEOUT_MS, name);
      return true;
    } catch (error) {
      logger.warn({ err: error, check: name }, 'a readiness check failed');
      return false;
    }
  };

  return [
    defineRoute({
      method: 'GET',
      path: '/healthz',
      summary: 'Whether the process answers.',
      auth: 'none',
      answers: { 200: z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' }) },
      async handle() {
        return { status: 200, body: { status: 'ok' } satisfies Liveness };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/readyz',
      summary: 'Whether the server can do its work: database, Redis, a media worker.',
      auth: 'none',
      answers: { 200: readinessSchema, 503: readinessSchema },
      async handle() {
        const [database, redis, workers] = await Promise.all([
          passes('database'),
          passes('redis'),
          passes('workers'),
        ]);
        const ready = database && redis && workers && !isDraining();
        const body: Readiness = { ready, checks: { database, redis, workers } };
        return { status: ready ? 200 : 503, body };
      },
    }),
  ];
}
