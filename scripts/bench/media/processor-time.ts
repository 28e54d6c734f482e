import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** proc(5): times are in these, on every Linux that Node.js runs on. */
const TICK_US = 10_000;

type Stat = {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly us: number;
};

function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ESRCH')
    ) {
      return undefined;
    }
    throw error;
  }
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    name: text.slice(text.indexOf('(') + 1, end),
    us: (Number(fields[11]) + Number(fields[12])) * TICK_US,
  };
}

/** Processor time of a server, in microseconds: its own process, and the media workers below it. */
export type ServerTime = { readonly controlUs: number; readonly workersUs: number };

function family(pid: number): readonly Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
  const own = all.filter((stat) => stat.pid === pid);
  for (const parent of own) own.push(...all.filter((stat) => stat.parent === parent.pid));
  return own;
}

export function readServerTime(pid: number): ServerTime {
  const stats = family(pid);
  const isWorker = ({ name }: Stat) => name.startsWith('mediasoup');
  const sum = (some: readonly Stat[]) => some.reduce((total, { us }) => total + us, 0);
  return {
    controlUs: sum(stats.filter((stat) => !isWorker(stat))),
    workersUs: sum(stats.filter(isWorker)),
  };
}

/**
 * Keeps a process and those below it on one core, so that server and clients do
 * not take turns on both. Nothing where there is one core only.
 */
export function pinFamily(pid: number, core: number): void {
  if (availableParallelism() < 2) return;
  for (const stat of family(pid)) {
    execFileSync(
      'taskset',
      ['--all-tasks', '--cpu-list', '--pid', String(core), String(stat.pid)],
      {
        stdio: 'ignore',
      },
    );
  }
}
