/**
 * `npm run bench:sql`: what joining a room costs in the database when a thousand
 * rows are there, and when a million are. Prints a report in Markdown.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { createLogger } from '../server/src/kernel/logger.ts';
import { apiRoleOf } from '../server/src/store/postgres/api-role.ts';
import { createDatabase, type Database } from '../server/src/store/postgres/database.ts';
import { prepareDatabase } from '../server/src/store/postgres/migrate.ts';
import { aJoin, explainJoin, type StepPlans } from './bench/join-plans.ts';
import { JOIN_STEPS, LATER_STEPS } from './bench/join-statements.ts';
import { type Filled, fillPast, type Past } from './bench/meeting-fill.ts';
import { type Postgres, startPostgres } from './setup/engines/postgres.ts';
import { elapsed, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const WARM_UP = 50;
const logger = createLogger('silent');

/** Times of one step in milliseconds. */
type Timing = { step: string; median: number; p95: number };
type Result = { past: Past; timings: Timing[]; plans: StepPlans[] };

await runVerb(async (signal) => {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '500' },
      report: { type: 'string' },
    },
  });
  const rows = Number(values.rows);
  const pasts: Past[] = [
    { name: `${count(1_000)} rows`, rows: 1_000, rooms: 1, roomsPerPerson: 1 },
    { name: `${count(rows)} rows, all in the room`, rows, rooms: 1, roomsPerPerson: 1 },
    {
      name: `${count(rows)} rows in 1,000 rooms`,
      rows,
      rooms: 1_000,
      roomsPerPerson: Math.min(100, rows / 1_000),
    },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'balai-bench-'));
  chmodSync(folder, 0o711); // for PostgreSQL's own user
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startPostgres({ folder, isDurable: true, signal });
  owned.defer(postgres.stop);
  const rounds = Number(values.rounds);
  await quieten(postgres);
  const prepared: Prepared[] = [];
  for (const [index, past] of pasts.entries()) {
    signal.throwIfAborted();
    // One joins once more, for the plans.
    const one = await preparePast(postgres, `bench_${index}`, past, WARM_UP + rounds + 1);
    owned.defer(one.database.close);
    prepared.push(one);
  }
  const results = await measure(prepared, rounds, signal);
  const report = describe(results, await versionOf(postgres), rounds);
  process.stdout.write(report);
  if (values.report !== undefined) writeFileSync(values.report, report);
  return 0;
});

/** A database with a past, ready to be joined. */
type Prepared = {
  past: Past;
  name: string;
  superuserUrl: string;
  filled: Filled;
  database: Database;
};

async function preparePast(
  postgres: Postgres,
  name: string,
  past: Past,
  joiners: number,
): Promise<Prepared> {
  const startedAt = performance.now();
  const superuserUrl = await createOwned(postgres, name);
  const apiUrl = await prepareDatabase({
    ownerUrl: onDatabase(postgres.url, name),
    apiUrl: undefined,
    loadApiPassword: async () => 'only-for-the-benchmark',
    logger,
  });
  const superuser = new Client({ connectionString: superuserUrl });
  await superuser.connect();
  const filled = await fillPast(superuser, past, joiners);
  await superuser.end();
  say(`${past.name}: filled in ${elapsed(startedAt)}`);
  return { past, name, superuserUrl, filled, database: createDatabase(apiUrl, logger) };
}

/** One join after the other, in turns: what else the machine does slows all of them alike. */
async function measure(
  all: readonly Prepared[],
  rounds: number,
  signal: AbortSignal,
): Promise<Result[]> {
  const steps = [...JOIN_STEPS, ...LATER_STEPS];
  const times = new Map(all.map((one) => [one, steps.map((): number[] => [])]));
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    signal.throwIfAborted();
    for (const one of all) {
      const joining = aJoin(one.filled.roomId, one.filled.joiners[round] ?? '');
      for (const [index, step] of steps.entries()) {
        const before = performance.now();
        await step.run(one.database, joining);
        if (round >= WARM_UP) times.get(one)?.[index]?.push(performance.now() - before);
      }
    }
  }
  return await Promise.all(all.map((one) => summarise(one, times.get(one) ?? [], rounds)));
}

async function summarise(
  { past, name, superuserUrl, filled }: Prepared,
  times: readonly number[][],
  rounds: number,
): Promise<Result> {
  const joins = times.slice(0, JOIN_STEPS.length);
  const sums = Array.from({ length: rounds }, (_value, round) =>
    joins.reduce((sum, ofStep) => sum + (ofStep[round] ?? 0), 0),
  );
  return {
    past,
    timings: [
      ...JOIN_STEPS.map((step, index) => timing(step.name, times[index] ?? [])),
      timing('**the whole join**', sums),
      ...LATER_STEPS.map((step, index) =>
        timing(`(${step.name})`, times[JOIN_STEPS.length + index] ?? []),
      ),
    ],
    plans: await explainJoin(
      superuserUrl,
      apiRoleOf(name),
      aJoin(filled.roomId, filled.joiners.at(-1) ?? ''),
    ),
  };
}

/** A million rows at once would make PostgreSQL write checkpoints and vacuum at any moment. */
async function quieten(postgres: Postgres): Promise<void> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  await client.query(`ALTER SYSTEM SET max_wal_size = '8GB'`);
  await client.query(`ALTER SYSTEM SET maintenance_work_mem = '256MB'`);
  await client.query('ALTER SYSTEM SET autovacuum = off');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

async function createOwned(postgres: Postgres, name: string): Promise<string> {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} OWNER balai`);
  await client.end();
  return onDatabase(postgres.superuserUrl, name);
}

async function versionOf(postgres: Postgres): Promise<string> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  await client.end();
  return rows[0]?.version ?? '';
}

function onDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function timing(step: string, times: readonly number[]): Timing {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { step, median: at(0.5), p95: at(0.95) };
}

function describe(results: readonly Result[], version: string, rounds: number): string {
  const [small] = results;
  const cell = (result: Result, row: number): string => {
    const { median, p95 } = result.timings[row] as Timing;
    const ratio = median / (small?.timings[row]?.median ?? Number.NaN);
    return `${median.toFixed(2)} / ${p95.toFixed(2)}${result === small ? '' : ` (${ratio.toFixed(2)}x)`}`;
  };
  const table = [
    ['', ...results.map(({ past }) => past.name)],
    ['---', ...results.map(() => '---')],
    ...(small?.timings ?? []).map(({ step }, row) => [
      step,
      ...results.map((result) => cell(result, row)),
    ]),
  ];
  const plans = results.at(1)?.plans ?? [];
  return [
    '# Joining a room, in the database',
    '',
    'Written by `npm run bench:sql`. Milliseconds as the server sees them, over a connection to the',
    'loopback address: median / 95th percentile (median compared with that of the first column). Each',
    `of ${count(rounds)} people joins who was never in the room, as the API's role under row security. The rows`,
    'are those of `room_participants`, and as many again of `room_messages` and of `meeting_history`.',
    '',
    `PostgreSQL ${version} (no autovacuum meanwhile, the rest as it comes), ${machine()}.`,
    '',
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `## Plans with ${results.at(1)?.past.name ?? ''}`,
    '',
    'From `auto_explain`, statements inside functions and policies included, each plan once.',
    '',
    ...plans.flatMap(({ step, plans: texts }) => [
      `### ${step[0]?.toUpperCase()}${step.slice(1)}`,
      '',
      '```',
      texts.join('\n\n'),
      '```',
      '',
    ]),
  ].join('\n');
}

/** The load is the benchmark's own (about 1.5) and that of whatever else runs: it makes times long. */
function machine(): string {
  const isVirtual = /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  const [load = 0] = loadavg();
  return `${availableParallelism()} cores${isVirtual ? ' of a virtual machine' : ''}, load average ${load.toFixed(1)}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
