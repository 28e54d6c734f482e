import { readFile } from 'node:fs/promises';

const RESIDENT = /^VmRSS:\s+(\d+) kB$/m;

/** Resident memory of a process, in bytes; 0 where the system does not tell, or it is gone. */
export async function readProcessMemory(pid: number): Promise<number> {
  if (process.platform !== 'linux') return 0;
  try {
    const kibibytes = RESIDENT.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes ?? 0) * 1_024;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // ESRCH: it ended between the opening and the reading.
    if (code === 'ENOENT' || code === 'ESRCH') return 0;
    throw error;
  }
}
