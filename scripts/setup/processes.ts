/** Looks at other processes through /proc. None is ever chosen by name alone. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that was seen; the start time tells it from a later one with the same id. */
export type SeenProcess = { pid: number; startTicks: string };

/** What /proc tells of a process that is alive; undefined for one that is gone or a zombie. */
export function findProcess(pid: number): (SeenProcess & { parentPid: number }) | undefined {
  const stat = readProc(pid, 'stat');
  if (!stat) return undefined;
  // The name, in parentheses, may itself hold spaces and parentheses (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const startTicks = fields[19];
  if (!state || !startTicks || state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks, parentPid: Number(parentPid) };
}

/** Whether exactly that process is still alive. */
export function isAlive({ pid, startTicks }: SeenProcess): boolean {
  return findProcess(pid)?.startTicks === startTicks;
}

/** The words of a process's command line; empty when it cannot be read. */
export function commandLine(pid: number): string[] {
  return (readProc(pid, 'cmdline') ?? '').split('\0').slice(0, -1);
}

/** One variable of the environment that a process was started with. */
export function environmentOf(pid: number, name: string): string | undefined {
  const prefix = `${name}=`;
  return (readProc(pid, 'environ') ?? '')
    .split('\0')
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}

/**
 * Processes that work in a folder and whose program has one of the names. Both
 * PostgreSQL and Redis change to their data folder, so this finds all that belong
 * to it, children of a server that is gone included, and a shell in it is spared.
 */
export function findProcessesIn(folder: string, programs: readonly string[]): SeenProcess[] {
  return allProcesses().filter(
    ({ pid }) =>
      readLink(pid, 'cwd') === folder && programs.includes(basename(readLink(pid, 'exe') ?? '')),
  );
}

/** Every process that can be seen. */
export function allProcesses(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => findProcess(Number(name)) ?? []);
}

/** Asks the processes to end, waits, and ends those by SIGKILL that did not in time. */
export async function stopProcesses(
  processes: readonly SeenProcess[],
  signal: NodeJS.Signals,
  deadlineMs: number,
): Promise<void> {
  signalAll(processes, signal);
  if (await haveEnded(processes, deadlineMs)) return;
  signalAll(processes, 'SIGKILL');
  if (await haveEnded(processes, 5_000)) return;
  throw new Error(`processes ${processes.map(({ pid }) => pid).join(', ')} could not be ended`);
}

/** Whether all of them end within the time. */
export async function haveEnded(
  processes: readonly SeenProcess[],
  deadlineMs: number,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  // Nothing tells of the end of a process that is not a child; /proc is asked.
  while (processes.some(isAlive)) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

function signalAll(processes: readonly SeenProcess[], signal: NodeJS.Signals): void {
  for (const seen of processes) {
    if (!isAlive(seen)) continue;
    try {
      process.kill(seen.pid, signal);
    } catch (error) {
      // It ended between the look and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined; // gone, or another user's
  }
}

function readLink(pid: number, link: string): string | undefined {
  try {
    // A program that was replaced on disk while it runs.
    return readlinkSync(`/proc/${pid}/${link}`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined; // gone, or another user's
  }
}
