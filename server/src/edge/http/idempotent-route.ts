import type { Request, Response } from 'express';
import type { Idempotency } from '../../features/idempotency/idempotency.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Answer, Caller } from '../../kernel/route.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

export interface IdempotentRoutes {
  readonly idempotency: Idempotency;
}

/**
 * Handles a request, or repeats the answer of the one that came before it with the
 * same `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). A request
 * without the header is handled as ever.
 *
 * @throws AppError `invalid_request`, `idempotency_key_reused`, `request_in_progress`,
 * and what `handle` throws.
 */
export async function answerOnce(
  request: Request,
  response: Response,
  caller: Caller,
  { idempotency }: IdempotentRoutes,
  handle: () => Promise<Answer<unknown>>,
): Promise<Answer<unknown>> {
  const key = request.get('idempotency-key');
  if (key === undefined) {
    return await handle();
  }
  if (!KEY.test(key)) {
    throw new AppError('invalid_request', undefined, {
      details: ['header.idempotency-key: must be 1 to 255 visible ASCII characters'],
    });
  }
  // The body as it was sent: what validation makes of it may differ after an update.
  const content = [request.method, request.originalUrl, request.body ?? null];
  const { answer, isReplay } = await idempotency.runOnce(
    { userId: caller.userId, key, content: JSON.stringify(content) },
    async () => {
      const { status, body } = await handle();
      return { status, body };
    },
  );
  if (isReplay) {
    response.set('Idempotency-Replayed', 'true');
  }
  return answer;
}
