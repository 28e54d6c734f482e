import { readdirSync, readFileSync } from 'node:fs';
import type { TestServer } from './test-server.ts';

/** Process ids of the media workers: the server starts no other process. */
export function workersOf(server: TestServer): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isChildOf(pid, server.process.child.pid));
}

/** Whether a process lives and has this parent, as Linux says. */
function isChildOf(pid: number, parent: number | undefined): boolean {
  try {
    // "pid (name) state parent …"; the name may hold anything, so count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && Number(ppid) === parent;
  } catch (error) {
    // It ended while it was looked at.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
