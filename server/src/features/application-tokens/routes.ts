import type { DenyTokenRequest } from '@balai/protocol';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly } from '../../kernel/wire-schemas.ts';
import { tokenId } from './claims.ts';
import type { DeniedTokens } from './denied-tokens.ts';

/** A token that says only when it begins to be good may end this much later. */
const FARTHEST_S = 365 * 86_400;

/** REST over tokens that applications sign. */
export function applicationTokenRoutes(denied: Pick<DeniedTokens, 'deny'>, clock: Clock): Route[] {
  const body = exactly<DenyTokenRequest>()(
    z.strictObject({
      jti: tokenId,
      exp: z
        .number()
        .min(0)
        .refine((exp) => exp <= clock() / 1_000 + FARTHEST_S, 'must be within a year'),
    }),
  );
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/service/tokens/deny',
      summary: 'Let nobody in with a room token any more that the application signed.',
      auth: 'project',
      scope: 'tokens',
      body,
      answers: { 204: null },
      errors: ['unavailable'],
      async handle({ body: { jti, exp } }, { project }) {
        await denied.deny(project.projectId, jti, exp * 1_000);
        return { status: 204, body: undefined };
      },
    }),
  ];
}
