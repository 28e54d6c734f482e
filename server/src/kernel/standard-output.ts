/** Lines that wait for a slow reader are dropped beyond this many bytes. */
const MAX_WAITING_BYTES = 16 * 2 ** 20;

let isWatched = false;

/** Where lines are written to. */
export interface LineOutput {
  /** Never waits, never throws. */
  readonly write: (line: string) => void;
}

/**
 * The standard output of this process, one write for each line, in order, up to the end of
 * the process. Where it cannot be written to, because nobody reads it any more (EPIPE), the
 * disk is full (ENOSPC), or the reader is too slow, lines are dropped and nothing else
 * happens: who reads a log does not decide whether its server lives.
 */
export function standardOutput(): LineOutput {
  const { stdout } = process;
  if (!isWatched) {
    isWatched = true;
    stdout.on('error', () => undefined);
  }
  return {
    write(line) {
      if (stdout.writableLength < MAX_WAITING_BYTES) stdout.write(line);
    },
  };
}
