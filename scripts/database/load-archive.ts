/** pg_restore's SQL through psql, in one transaction. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { output, RunError } from '../setup/run.ts';
import { SetupError } from '../setup/say.ts';
import { clientEnvironment } from './client-environment.ts';
import type { ClientTools } from './client-tools.ts';

/** Options of {@link loadArchive}. */
export type Load = {
  tools: ClientTools;
  url: string;
  archive: string;
  targetMajor: number;
  /** SQL before and after the archive's, in the same transaction. */
  prologue: string;
  epilogue: string;
  signal: AbortSignal;
};

/**
 * Extensions that watch the server and are no part of the application's data. Only
 * a superuser may make them, so they would keep an owner from restoring.
 */
const FOREIGN_ENTRY = /\bEXTENSION (- )?(pg_stat_statements|pgstattuple|pg_buffercache)\b/;

/** Loads it. Nothing is changed unless everything was. */
export async function loadArchive(load: Load): Promise<void> {
  const { tools, url, archive, signal } = load;
  const folder = mkdtempSync(join(tmpdir(), 'balai-restore-'));
  try {
    const list = join(folder, 'list');
    writeFileSync(list, entriesToRestore(tools, archive));
    const target = start(tools.command('psql'), PSQL_WORDS, clientEnvironment(url), signal);
    const words = ['--file=-', `--use-list=${list}`, archive];
    const source = start(tools.command('pg_restore'), words, process.env, signal);
    const sent = await send(load, source, target).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (sent !== undefined) {
      source.child.kill();
      target.child.stdin.destroy();
    }
    const [targetFault, sourceFault] = await Promise.all([target.fault, source.fault]);
    signal.throwIfAborted();
    // psql's own fault says more than the pipe that broke by it.
    const fault = targetFault ?? (sent === undefined ? undefined : (sourceFault ?? sent));
    if (fault !== undefined) throw new SetupError('nothing was restored', { cause: fault });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PSQL_WORDS = [
  '--no-psqlrc',
  '--quiet',
  '--no-password',
  '--set=ON_ERROR_STOP=1',
  '--output=/dev/null',
];

/** Without the COMMIT, which comes when pg_restore ended well, psql's end undoes everything. */
async function send(load: Load, source: Program, target: Program): Promise<void> {
  const { stdin } = target.child;
  stdin.on('error', () => undefined); // psql ended early; its fault is read elsewhere
  stdin.write(`BEGIN;\n${load.prologue}`);
  await pipeline(source.child.stdout, withoutNewerSettings(load), stdin, { end: false });
  const fault = await source.fault;
  if (fault) throw fault;
  stdin.end(`${load.epilogue}COMMIT;\n`);
}

type Program = { child: ChildProcessWithoutNullStreams; fault: Promise<Error | undefined> };

function start(
  [file, ...first]: readonly [string, ...string[]],
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Program {
  const child = spawn(file, [...first, ...words], { env, signal });
  const tail: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail.push(line);
    if (tail.length > 25) tail.shift();
  });
  const name = words === PSQL_WORDS ? 'psql' : 'pg_restore';
  const fault = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('close', (status, killedBy) => {
      resolve(status === 0 ? undefined : new RunError(name, `${killedBy ?? status}`, tail));
    });
  });
  return { child, fault };
}

/** The archive's table of contents without what is not the application's. */
function entriesToRestore(tools: ClientTools, archive: string): string {
  const [file, ...words] = tools.command('pg_restore');
  const list = output(file, [...words, '--list', archive]);
  if (list === undefined) throw new SetupError(`${archive} cannot be read by pg_restore`);
  return `${list
    .split('\n')
    .filter((line) => !FOREIGN_ENTRY.test(line))
    .join('\n')}\n`;
}

/** pg_restore 17 and newer begin with a setting that older servers do not know. */
function withoutNewerSettings({ tools, targetMajor }: Load): Transform {
  let isFirst = tools.major >= 17 && targetMajor < 17;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const text = isFirst
        ? chunk.toString('latin1').replace(/^SET transaction_timeout = 0;$/m, '')
        : undefined;
      isFirst = false;
      callback(null, text === undefined ? chunk : Buffer.from(text, 'latin1'));
    },
  });
}
