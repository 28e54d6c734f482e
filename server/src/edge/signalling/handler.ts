import type { Method, Params, Result } from '@balai/protocol';
import type { Stay } from '../../features/sessions/stay.ts';

/**
 * Answers one request, whose params have the documented shape.
 *
 * @param afterReply Runs what must not come before the reply.
 */
export type Handler<M extends Method> = (
  stay: Stay,
  params: Params<M>,
  afterReply: (work: () => void) => void,
) => Promise<Result<M>>;

/** One handler for each method. A method that is missing does not compile. */
export type Handlers = { readonly [M in Method]: Handler<M> };
