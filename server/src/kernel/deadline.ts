import { AppError } from './app-error.ts';

/**
 * Waits for a promise, but not for ever.
 *
 * @param timeoutMs Milliseconds.
 * @param what What is waited for, for the message.
 * @throws AppError `timeout` when the time is up. The work itself goes on.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  timeoutMs: number,
  what: string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new AppError('timeout', `${what} did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
