import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real TURN server on this machine. */
export interface TurnServer {
  /** What a server of ours is to be started with. */
  readonly settings: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const SECRET = 'of the tests';
/** Its listeners are open then. */
const READY = /Total General servers/;

/** Starts coturn. The caller closes it. @throws Error where it does not start. */
export async function startTurnServer(): Promise<TurnServer> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'balai-turn-'));
  const child = spawn(
    'turnserver',
    [
      // Without the configuration of the system.
      '-n',
      '--listening-ip=127.0.0.1',
      '--relay-ip=127.0.0.1',
      `--listening-port=${port}`,
      '--realm=balai',
      '--use-auth-secret',
      `--static-auth-secret=${SECRET}`,
      '--allow-loopback-peers',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
      '--log-file=stdout',
      `--pidfile=${join(folder, 'pid')}`,
      `--userdb=${join(folder, 'users')}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
        if (READY.test(said)) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`coturn did not start: ${said}`)));
  });
  return {
    settings: {
      BALAI_TURN_URLS: `turn:127.0.0.1:${port}?transport=udp`,
      BALAI_TURN_SECRET: SECRET,
    },
    async close() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}
