/**
 * `npm run bench:sql`: what joining a room costs in the database when a thousand
 * rows are there, and when a million are. Prints a report in Markdown.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { createLogger } from '../server/src/kernel/logger.ts';
import { apiRoleOf } from '../server/src/store/postgres/api-role.ts';
import { createDatabase } from '../server/src/store/postgres/database.ts';
import { prepareDatabase } from '../server/src/store/postgres/migrate.ts';
import { aJoin, explainJoin, type StepPlans } from './bench/join-plans.ts';
import { JOIN_STEPS, LATER_STEPS, type Step } from './bench/join-statements.ts';
import { fillPast, type Past } from './bench/meeting-fill.ts';
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
  const results: Result[] = [];
  for (const [index, past] of pasts.entries()) {
    signal.throwIfAborted();
    results.push(await measurePast(postgres, `bench_${index}`, past, Number(values.rounds)));
  }
  const report = describe(results, await versionOf(postgres), Number(values.rounds));
  process.stdout.write(report);
  if (values.report !== undefined) writeFileSync(values.report, report);
  return 0;
});

async function measurePast(
  postgres: Postgres,
  name: string,
  past: Past,
  rounds: number,
): Promise<Result> {
  const startedAt = performance.now();
  const superuserUrl = await createOwned(postgres, name);
  const ownerUrl = onDatabase(postgres.url, name);
  const apiUrl = await prepareDatabase({
    ownerUrl,
    apiUrl: undefined,
    loadApiPassword: async () => 'only-for-the-benchmark',
    logger,
  });
  const superuser = new Client({ connectionString: superuserUrl });
  await superuser.connect();
  const { roomId, joiners } = await fillPast(superuser, past, WARM_UP + rounds + 1);
  await superuser.end();
  say(`${past.name}: filled in ${elapsed(startedAt)}`);

  const database = createDatabase(apiUrl, logger);
  const steps = [...JOIN_STEPS, ...LATER_STEPS];
  const times = new Map<Step, number[]>(steps.map((step) => [step, []]));
  for (const [round, identity] of joiners.slice(1).entries()) {
    const joining = aJoin(roomId, identity);
    for (const step of steps) {
      const before = performance.now();
      await step.run(database, joining);
      if (round >= WARM_UP) times.get(step)?.push(performance.now() - before);
    }
  }
  await database.close();
  const sums = Array.from({ length: rounds }, (_value, round) =>
    JOIN_STEPS.reduce((sum, step) => sum + (times.get(step)?.[round] ?? 0), 0),
  );
  const plans = await explainJoin(superuserUrl, apiRoleOf(name), aJoin(roomId, joiners[0] ?? ''));
  say(`${past.name}: measured in ${elapsed(startedAt)}`);
  return {
    past,
    timings: [
      ...JOIN_STEPS.map((step) => timing(step.name, times.get(step) ?? [])),
      timing('**the whole join**', sums),
      ...LATER_STEPS.map((step) => timing(`(${step.name})`, times.get(step) ?? [])),
    ],
    plans,
  };
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
    `PostgreSQL ${version} with its defaults, ${availableParallelism()} cores.`,
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

function count(value: number): string {
  return value.toLocaleString('en');
}
