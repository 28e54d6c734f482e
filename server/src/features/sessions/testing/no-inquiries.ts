import type { Inquiries } from '../../../store/redis/inquiries.ts';

/** There is no other process. */
export const NO_INQUIRIES: Inquiries = {
  answer: () => undefined,
  find: async () => undefined,
  gather: async () => [],
};
