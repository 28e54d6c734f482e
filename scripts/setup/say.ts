/**
 * What the scripts tell the person who runs them: one short line per thing done,
 * on standard output, and progress of long steps that redraws itself on a terminal.
 */

let stream: NodeJS.WriteStream = process.stdout;

/** For a verb whose standard output is for programs. */
export function sayOnStandardError(): void {
  stream = process.stderr;
}

/** One line about what is being done now, or what was found out. */
export function say(line: string): void {
  stream.write(`· ${line}\n`);
}

/** Something that works, but not as well as it could. */
export function warn(line: string): void {
  process.stderr.write(`! ${line}\n`);
}

/** What failed, with the causes below it. */
export function complain(error: unknown): void {
  for (
    let cause: unknown = error;
    cause;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    const isFault = cause instanceof SetupError;
    process.stderr.write(
      `${isFault ? '✗ ' : '  '}${cause instanceof Error ? cause.message : String(cause)}\n`,
    );
  }
}

/** A failure whose message tells the user what to do; no stack is shown. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Progress of one long step. `done()` leaves a last line; both are idempotent. */
export type Progress = {
  update(line: string): void;
  done(line: string): void;
};

const PLAIN_INTERVAL_MS = 10_000;

/** On a terminal one line that is redrawn; elsewhere one line every ten seconds. */
export function startProgress(output: NodeJS.WriteStream = stream): Progress {
  let lastPlainAt = Date.now();
  return {
    update(line) {
      if (output.isTTY) {
        output.write(`\r\x1b[K· ${line.slice(0, Math.max(20, output.columns - 3))}`);
      } else if (Date.now() - lastPlainAt >= PLAIN_INTERVAL_MS) {
        lastPlainAt = Date.now();
        output.write(`· ${line}\n`);
      }
    },
    done(line) {
      output.write(output.isTTY ? `\r\x1b[K· ${line}\n` : `· ${line}\n`);
    },
  };
}

/** "4.2 s" or "3 min 20 s", since the given `performance.now()`. */
export function elapsed(sinceMs: number): string {
  const seconds = (performance.now() - sinceMs) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
