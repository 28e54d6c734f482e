declare module 'vitest' {
  interface TaskMeta {
    /** What the machine lacks, for which a test is skipped. `npm test` says it at its end. */
    missing?: string;
  }
}

/**
 * Options of a test or suite that not every machine can run: where it cannot, it is
 * skipped, and `npm test` says at its end what is not tested, and why.
 *
 * @param what Is needed, so that it can be installed.
 */
export function onlyWhere(
  isThere: boolean,
  what: string,
): { readonly skip: boolean; readonly meta: { missing?: string } } {
  return { skip: !isThere, meta: isThere ? {} : { missing: what } };
}
