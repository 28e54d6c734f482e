/** A real server, the real client programs, and every table of the real schema. */
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createDatabase } from '../../server/src/store/postgres/database.ts';
import {
  createTestDatabase,
  silentLogger,
  type TestDatabase,
} from '../../server/test/test-stores.ts';
import { type BackupOptions, backUp } from './backup.ts';
import { bringClientTools } from './bring-client-tools.ts';
import type { ClientTools } from './client-tools.ts';
import { describeDatabase, fillEveryTable, readEveryTable } from './database-contents.fixture.ts';
import { readManifest } from './manifest.ts';
import { serverMajor } from './owner-database.ts';
import { restore } from './restore.ts';

// Each makes databases and runs several programs.
vi.setConfig({ testTimeout: 90_000 });

const { signal } = new AbortController();
let source: TestDatabase;
let folder = '';
let installed: ClientTools;
const targets: TestDatabase[] = [];

beforeAll(async () => {
  source = await createTestDatabase();
  await onClient(source.url, fillEveryTable);
  // On a new machine they are fetched, which takes longer than a test may.
  installed = await bringClientTools(await onClient(source.url, serverMajor), signal);
}, 300_000);
afterAll(() => source.drop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-backups-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  for (const target of targets.splice(0)) await target.drop();
});

async function onClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Of the same database. */
function superuserUrl(url: string): string {
  const superuser = new URL(process.env['BALAI_TEST_DATABASE_URL'] ?? '');
  superuser.pathname = new URL(url).pathname;
  return superuser.href;
}

async function makeTarget(isMigrated: boolean): Promise<TestDatabase> {
  const target = await createTestDatabase({ isMigrated });
  targets.push(target);
  return target;
}

function options(more: Partial<BackupOptions> = {}): BackupOptions {
  return { url: source.url, folder, mode: 'full', compression: 6, maxAgeDays: 30, signal, ...more };
}

const finished = (): string[] => readdirSync(folder).filter((name) => /^balai_test/.test(name));
const log = (): string => readFileSync(join(folder, 'backup.log'), 'utf8');

test('a full backup gives a fresh database every row, policy, grant, comment and object', async () => {
  const { path, bytes } = await backUp(options());
  const target = await makeTarget(false);
  await restore({ url: target.url, folder: path, isForced: false, signal });

  const before = await onClient(source.url, readEveryTable);
  const after = await onClient(target.url, readEveryTable);
  expect(Object.keys(before).length).toBeGreaterThanOrEqual(11);
  for (const [table, rows] of Object.entries(before)) {
    expect(rows.length, `rows of ${table}`).toBeGreaterThan(0);
    expect(after[table], `rows of ${table}`).toEqual(rows);
  }
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(await onClient(target.url, describeDatabase)).toEqual(
    await onClient(source.url, describeDatabase),
  );
  expect(log()).toMatch(new RegExp(`full Backup created: ${path} ${bytes} bytes in`));
  expect(statSync(join(path, 'database.dump')).mode & 0o777).toBe(0o600);
});

test('a backup knows nothing of the roles of another database of the cluster', async () => {
  const stranger = `balai_test_${randomBytes(6).toString('hex')}_api`;
  await onClient(source.url, (client) => client.query(`CREATE ROLE ${stranger}`));
  let path: string;
  try {
    ({ path } = await backUp(options()));
  } finally {
    await onClient(source.url, (client) => client.query(`DROP ROLE ${stranger}`));
  }
  expect(JSON.stringify(readManifest(path))).not.toContain(stranger);
  const target = await makeTarget(false);
  await restore({ url: target.url, folder: path, isForced: false, signal });
});

test('a schema backup and a data backup together give the same database', async () => {
  const schema = await backUp(options({ mode: 'schema' }));
  const data = await backUp(options({ mode: 'data', compression: 0 }));
  const target = await makeTarget(false);
  await restore({ url: target.url, folder: schema.path, isForced: false, signal });
  const empty = await onClient(target.url, readEveryTable);
  expect(
    Object.entries(empty).filter(([name, rows]) => !/knex/.test(name) && rows.length > 0),
  ).toEqual([]);
  await restore({ url: target.url, folder: data.path, isForced: false, signal });
  const withoutTimes = (tables: Record<string, string[]>) => ({
    ...tables,
    'public.knex_migrations': tables['public.knex_migrations']?.length,
  });
  expect(withoutTimes(await onClient(target.url, readEveryTable))).toEqual(
    withoutTimes(await onClient(source.url, readEveryTable)),
  );
  expect(await onClient(target.url, describeDatabase)).toEqual(
    await onClient(source.url, describeDatabase),
  );
});

test('a target with tables is left alone, and replaced as a whole when that is asked for', async () => {
  const { path } = await backUp(options());
  const target = await makeTarget(true);
  await onClient(target.url, (client) => client.query('CREATE TABLE of_somebody_else ()'));
  const attempt = restore({ url: target.url, folder: path, isForced: false, signal });
  await expect(attempt).rejects.toThrow(/not empty.*--force/);
  await restore({ url: target.url, folder: path, isForced: true, signal });
  expect(await onClient(target.url, readEveryTable)).toEqual(
    await onClient(source.url, readEveryTable),
  );
});

test('data are not put beside other data, nor into another schema', async () => {
  const { path } = await backUp(options({ mode: 'data' }));
  const target = await makeTarget(true);
  await onClient(target.url, fillEveryTable);
  const attempt = restore({ url: target.url, folder: path, isForced: false, signal });
  await expect(attempt).rejects.toThrow(/is not empty/);
  await onClient(target.url, (client) => client.query('DELETE FROM knex_migrations WHERE id = 1'));
  await expect(restore({ url: target.url, folder: path, isForced: true, signal })).rejects.toThrow(
    /migrations/,
  );
});

test('a restore that fails half-way leaves the target as it was', async () => {
  const { path } = await backUp(options({ mode: 'data' }));
  const target = await makeTarget(true);
  await onClient(target.url, async (client) => {
    await client.query('ALTER TABLE notifications ADD CONSTRAINT nothing_fits CHECK (FALSE)');
  });
  const before = await onClient(target.url, describeDatabase);
  const attempt = restore({ url: target.url, folder: path, isForced: false, signal });
  await expect(attempt).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/nothing_fits/) },
  });
  const rows = await onClient(target.url, (client) => client.query('SELECT FROM users'));
  expect(rows.rowCount).toBe(0);
  expect(await onClient(target.url, describeDatabase)).toEqual(before);
});

test('nothing is restored under a running server', async () => {
  const { path } = await backUp(options({ mode: 'schema' }));
  const target = await makeTarget(true);
  const server = createDatabase(target.apiUrl, silentLogger);
  try {
    await server.ping();
    await expect(
      restore({ url: target.url, folder: path, isForced: true, signal }),
    ).rejects.toThrow(/server is connected/);
  } finally {
    await server.close();
  }
});

test('a damaged archive is not restored', async () => {
  const { path } = await backUp(options());
  appendFileSync(join(path, 'database.dump'), 'x');
  const target = await makeTarget(false);
  await expect(restore({ url: target.url, folder: path, isForced: false, signal })).rejects.toThrow(
    /damaged/,
  );
});

test('a backup that fails half-way leaves the good ones and nothing of itself, and is in the log', async () => {
  const good = await backUp(options());
  const before = readFileSync(join(good.path, 'database.dump'));
  // Writes a part and fails, as pg_dump does on a full disk.
  const tools: ClientTools = {
    major: 99,
    version: '99',
    command: (program) => [
      'sh',
      '-c',
      `for word; do case "$word" in --file=*) echo part > "\${word#--file=}"; esac; done
       echo "${program}: error: No space left on device" >&2; exit 1`,
      program,
    ],
  };
  await expect(backUp(options({ tools }))).rejects.toThrow(/No space left/);
  expect(finished()).toEqual([good.path.slice(folder.length + 1)]);
  expect(readdirSync(folder).filter((name) => name.startsWith('.incomplete'))).toEqual([]);
  expect(readFileSync(join(good.path, 'database.dump'))).toEqual(before);
  expect(log()).toMatch(/full Backup FAILED: .*No space left on device/);
});

test('an archive that cannot be read back does not become a backup', async () => {
  const tools: ClientTools = {
    major: 99,
    version: '99',
    command: (program) =>
      program === 'pg_dump'
        ? [
            'sh',
            '-c',
            `for word; do case "$word" in --file=*) echo x > "\${word#--file=}"; esac; done`,
            program,
          ]
        : ['sh', '-c', 'echo "pg_restore: error: not an archive" >&2; exit 1', program],
  };
  await expect(backUp(options({ tools }))).rejects.toThrow(/not an archive/);
  expect(finished()).toEqual([]);
});

test('what a killed run left is removed by the next one', async () => {
  const left = join(folder, '.incomplete-1');
  mkdirSync(left);
  writeFileSync(join(left, 'database.dump'), 'part');
  await backUp(options({ mode: 'schema' }));
  expect(readdirSync(folder).filter((name) => name.startsWith('.incomplete'))).toEqual([]);
});

test('a role that does not see every row makes no backup instead of a part of one', async () => {
  await expect(backUp(options({ url: source.apiUrl }))).rejects.toThrow(
    /does not see every row of .*users/,
  );
  expect(finished()).toEqual([]);
});

test('old backups of the same kind go when a new one is there', async () => {
  const old = new Date(Date.now() - 40 * 86_400_000);
  await backUp(options({ mode: 'schema', now: old }));
  const full = await backUp(options({ now: old }));
  const { path, removed } = await backUp(options({ mode: 'schema' }));
  expect(removed).toHaveLength(1);
  expect(finished().toSorted()).toEqual(
    [full.path, path].map((kept) => kept.slice(folder.length + 1)).toSorted(),
  );
});

test('no password is in an argument, the log, or the backup', async () => {
  const seen: string[] = [];
  const tools: ClientTools = {
    ...installed,
    // Keeps what every user of the machine could read in the list of processes.
    command: (program) => [
      'sh',
      '-c',
      `echo "$@" >> "${folder}/.arguments"; exec "$@"`,
      program,
      ...installed.command(program),
    ],
  };
  const { path } = await backUp(options({ tools }));
  const password = decodeURIComponent(new URL(source.url).password);
  expect(password.length).toBeGreaterThan(8);
  for (const file of [
    '.arguments',
    'backup.log',
    join(path.slice(folder.length + 1), 'manifest.json'),
  ]) {
    seen.push(readFileSync(join(folder, file), 'utf8'));
  }
  expect(seen[0]).toContain('--file=');
  for (const text of seen) expect(text).not.toContain(password);
  expect(readManifest(path).cluster.roles.map(({ name }) => name)).toContain('app_user');
});

test('roles that the cluster lacks are made before the policies that name them', async () => {
  const suffix = randomBytes(4).toString('hex');
  const [group, login] = [`ops_group_${suffix}`, `ops_login_${suffix}`];
  const own = await makeTarget(true);
  await onClient(own.url, async (client) => {
    await client.query(`CREATE ROLE ${group} NOLOGIN; CREATE ROLE ${login} LOGIN; GRANT ${group} TO ${login};
      COMMENT ON ROLE ${group} IS 'people of operations';
      CREATE POLICY ops_read ON rooms FOR SELECT TO ${group} USING (TRUE);
      GRANT SELECT ON rooms TO ${group}; GRANT SELECT (id) ON users TO ${login}`);
  });
  const { path } = await backUp(options({ url: own.url }));
  const described = await onClient(own.url, describeDatabase);
  const dropRoles = (client: Client) =>
    client.query(`DROP OWNED BY ${group}, ${login}; DROP ROLE ${login}, ${group}`);
  await onClient(superuserUrl(own.url), dropRoles);
  const target = await makeTarget(false);
  await restore({ url: target.url, folder: path, isForced: false, signal });
  try {
    expect(await onClient(target.url, describeDatabase)).toEqual(described);
    const { rows } = await onClient(target.url, (client) =>
      client.query(
        `SELECT rolcanlogin AS "canLogin", pg_has_role($1, $2, 'USAGE') AS "isMember",
           shobj_description($2::text::regrole, 'pg_authid') AS comment
         FROM pg_roles WHERE rolname = $1`,
        [login, group],
      ),
    );
    expect(rows).toEqual([{ canLogin: true, isMember: true, comment: 'people of operations' }]);
  } finally {
    await onClient(superuserUrl(target.url), dropRoles);
  }
});
