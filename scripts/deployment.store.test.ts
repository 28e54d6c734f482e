/** What makes PostgreSQL's roles and starts PgBouncer in docker-compose.cluster.yml, on real ones. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareDatabase } from '../server/src/store/postgres/migrate.ts';
import { silentLogger } from '../server/test/test-stores.ts';
import { type Engine, onFreePort, spawnOwned, untilReady } from './setup/engines/engine.ts';
import { type Postgres, startPostgres } from './setup/engines/postgres.ts';
import { inRoot } from './setup/paths.ts';
import { findProgram, output, run } from './setup/run.ts';

const signal = new AbortController().signal;
const psql = findProgram('psql');

let folder = '';
let postgres: Postgres;
let pooler: Engine | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balai-deployment-'));
  chmodSync(folder, 0o711);
  postgres = await startPostgres({ folder: join(folder, 'postgres'), isDurable: false, signal });
});
afterAll(async () => {
  await pooler?.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As the postgres image does with an empty volume. */
async function makeRoles(superuser: URL): Promise<void> {
  await administer(superuser.href, async (client) => {
    // Those of startPostgres: the image makes none.
    await client.query('DROP DATABASE IF EXISTS balai WITH (FORCE)');
    await client.query('DROP ROLE IF EXISTS balai');
  });
  await run('sh', [inRoot('config', 'cluster', 'postgres-roles.sh')], {
    env: {
      PGHOST: superuser.hostname,
      PGPORT: superuser.port,
      PGPASSWORD: decodeURIComponent(superuser.password),
      BALAI_OWNER_PASSWORD: "owner's-word",
      BALAI_LOGIN_PASSWORD: 'login-word',
    },
  });
}

/** As the container does, at another port and folder. */
async function startPooler(upstream: URL): Promise<Engine> {
  const home = join(folder, 'pgbouncer');
  mkdirSync(home, { mode: 0o700 });
  // It refuses to run as root, as in its container.
  const [uid, gid] = [output('id', ['-u', 'postgres']), output('id', ['-g', 'postgres'])];
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(home, Number(uid), Number(gid));
  const logPath = join(folder, 'pgbouncer.log');
  return await onFreePort(logPath, async (port) => {
    const child = spawnOwned({
      file: 'sh',
      args: [inRoot('config', 'cluster', 'pgbouncer', 'start-pgbouncer.sh')],
      cwd: '/',
      env: {
        PATH: `${process.env['PATH']}:/usr/sbin`,
        PGBOUNCER_UPSTREAM: `host=${upstream.hostname} port=${upstream.port}`,
        PGBOUNCER_PASSWORD: 'login-word',
        PGBOUNCER_FOLDER: home,
        PGBOUNCER_PORT: String(port),
      },
      privileges: isRoot ? [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : [],
      logPath,
      stopSignal: 'SIGINT',
      stopDeadlineMs: 5_000,
    });
    const url = `postgres://balai_api:login-word@127.0.0.1:${port}/balai`;
    const attempt = async (): Promise<boolean> => {
      try {
        await administer(url, (client) => client.query('SELECT 1'));
        return true;
      } catch {
        return false; // not yet; untilReady has a deadline and shows the log
      }
    };
    try {
      await untilReady('PgBouncer', child, attempt, { deadlineMs: 15_000, logPath, signal });
    } catch (error) {
      await child.stop();
      throw error;
    }
    return { url, ended: child.ended, stop: child.stop };
  });
}

async function administer<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

test('the roles that the volume begins with are enough, through the pooler too, and no more than that', async ({
  task,
  skip,
}) => {
  if (psql === undefined) {
    task.meta.missing = 'psql (Debian package postgresql-client)';
    return skip();
  }
  const superuser = new URL(postgres.superuserUrl);
  await makeRoles(superuser);
  pooler = await startPooler(superuser);
  const owner = new URL('/balai', superuser);
  owner.username = 'balai';
  owner.password = "owner's-word";

  // Migrates as the owner, and makes sure that row security confines whom the pooler lets in.
  const apiUrl = await prepareDatabase({
    ownerUrl: owner.href,
    apiUrl: pooler.url,
    loadApiPassword: () => Promise.reject(new Error('the role is there')),
    logger: silentLogger,
  });
  expect(apiUrl).toBe(pooler.url);
  const rights = await administer(owner.href, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT rolname AS name FROM pg_roles
        WHERE rolname ~ '^(balai|app_)' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls)`,
    );
    return rows;
  });
  expect(rights).toEqual([]);
}, 60_000);
