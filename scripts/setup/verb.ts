import { LockHeldError } from './lock.mjs';
import { complain, SetupError } from './say.ts';
import { listenForStop, StopRequest } from './stop-request.ts';

/**
 * Runs a verb to its exit status: `main` returns it, throws a `SetupError` whose
 * message is for the user, or lets the abort reason of a stopped run through.
 */
export async function runVerb(main: (signal: AbortSignal) => Promise<number>): Promise<never> {
  const signal = listenForStop();
  let exitCode: number;
  try {
    exitCode = await main(signal);
  } catch (error) {
    if (signal.aborted && signal.reason instanceof StopRequest) {
      process.stderr.write(`· stopped: ${signal.reason.message}\n`);
      exitCode = signal.reason.exitCode;
    } else {
      complain(error);
      const isExpected =
        error instanceof SetupError || error instanceof LockHeldError || isBadArgument(error);
      if (!isExpected && error instanceof Error) process.stderr.write(`${error.stack}\n`);
      exitCode = 1;
    }
  }
  process.exit(exitCode);
}

/** Thrown by util.parseArgs; its message names the argument. */
function isBadArgument(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS_/.test(String(error.code));
}
