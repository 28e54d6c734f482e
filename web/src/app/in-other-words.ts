import { RequestError, toFailure } from './failure.ts';
import type { AppFailureCode } from './failure-texts.ts';

/**
 * Puts codes that say more about this one request in place of general ones.
 *
 * @throws RequestError
 */
export async function inOtherWords<T>(
  request: Promise<T>,
  codes: Readonly<Record<string, AppFailureCode>>,
): Promise<T> {
  try {
    return await request;
  } catch (error) {
    const failure = toFailure(error);
    const code = codes[failure.code];
    throw code === undefined ? error : new RequestError({ ...failure, code }, { cause: error });
  }
}
