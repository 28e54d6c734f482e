import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

/** Options of {@link run}. */
export type RunOptions = {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** In place of this process's environment. */
  environment?: NodeJS.ProcessEnv;
  /** Aborting it ends the child with SIGTERM, and the call with the abort reason. */
  signal?: AbortSignal | undefined;
  /** Gets every line of both output streams. */
  onLine?: (line: string) => void;
  /** Everything the child says is written here too. */
  logPath?: string;
};

/** The child ended with a failure. */
export class RunError extends Error {
  override readonly name = 'RunError';
  /** The last lines that it said. */
  readonly tail: readonly string[];

  constructor(command: string, how: string, tail: readonly string[]) {
    super(
      `${command}: ${how}${tail.length > 0 ? `\n${tail.map((line) => `    ${line}`).join('\n')}` : ''}`,
    );
    this.tail = tail;
  }
}

const TAIL_LINES = 25;

/** Runs a program to its end. Throws {@link RunError} unless it exits with 0. */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...(options.environment ?? process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const onAbort = (): void => {
    child.kill('SIGTERM');
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const tail: string[] = [];
  const log = options.logPath ? createWriteStream(options.logPath, { mode: 0o600 }) : undefined;
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      log?.write(`${line}\n`);
      options.onLine?.(line);
    });
  }
  try {
    const how = await ending(child);
    options.signal?.throwIfAborted();
    if (how) throw new RunError([file, ...args].join(' '), how, tail);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    if (log) {
      log.end();
      await finished(log);
    }
  }
}

/** How the child failed; undefined when it did not. */
function ending(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => {
      if (status === 0) resolve(undefined);
      else resolve(signal ? `ended by ${signal}` : `exit status ${status}`);
    });
  });
}

/** What a quick program prints, trimmed; undefined when it is missing or fails. */
export function output(file: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** The path of a program on PATH, or in the folders that PATH may lack for a plain user. */
export function findProgram(...names: string[]): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ];
  for (const name of names) {
    for (const folder of folders) {
      if (!folder) continue;
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}
