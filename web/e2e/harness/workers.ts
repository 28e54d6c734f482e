import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { TestServer } from './test-server.ts';

/** Process ids of the media workers: the server starts no other process. */
export function workersOf(server: TestServer): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isChildOf(pid, server.process.child.pid));
}

/** The media worker that has a UDP port. */
export function workerAt(server: TestServer, port: number): number {
  const pid = workersOf(server).find((one) => udpPortsOf(one).some((own) => own.port === port));
  if (pid === undefined) throw new Error(`no media worker listens on UDP port ${port}`);
  return pid;
}

/** An IPv4 address and a port at it. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a process listens for UDP, on IPv4. */
export function udpPortsOf(pid: number): readonly Endpoint[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode ?? [];
    }),
  );
  // "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …", after a headline.
  const sockets = readFileSync(`/proc/${pid}/net/udp`, 'utf8').trim().split('\n').slice(1);
  return sockets.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = fields[1]?.split(':') ?? [];
    // Each is one hexadecimal number; that of the address has its last byte first.
    const bytes = [...Buffer.from(address, 'hex')].reverse();
    const endpoint = { address: bytes.join('.'), port: Number.parseInt(port, 16) };
    return inodes.has(fields[9] ?? '') ? [endpoint] : [];
  });
}

/** Seconds of processor time that a process has taken. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // In hundredths, on every Linux that Node.js runs on.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many large datagrams are on their way at a time. */
const FLOOD_WIDTH = 4;
/** As large as goes over loopback in one piece. */
const FLOOD_BYTES = 60_000;

/** Sends what is no media, as fast as it goes. @returns a function that ends it. */
export function floodPort({ address, port }: Endpoint): () => Promise<void> {
  const socket = createSocket('udp4');
  const rubbish = Buffer.alloc(FLOOD_BYTES, 0xff);
  let isOver = false;
  const send = () => {
    if (!isOver) socket.send(rubbish, port, address, () => setImmediate(send));
  };
  for (let count = 0; count < FLOOD_WIDTH; count += 1) send();
  return async () => {
    isOver = true;
    await new Promise<void>((resolve) => socket.close(resolve));
  };
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
