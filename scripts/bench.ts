/**
 * `npm run bench`: what Balai's media costs beside bare mediasoup, in one run and
 * by turns, as tables and as JSON (`--json FILE`, default `bench-results.json`).
 * `--only forwarding,estimation,join,people,pipes` and `--rounds N` (3) make it shorter; `--report FILE` writes the tables there.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { parseArgs } from 'node:util';
import { ESTIMATORS, measureEstimator } from './bench/estimators/measure-estimator.ts';
import { describe, type Results } from './bench/media/describe.ts';
import { Load } from './bench/media/load.ts';
import { pinFamily } from './bench/media/processor-time.ts';
import { forwardAmong, forwardInCrowd, forwardToMany, join } from './bench/media/scenarios.ts';
import { SUBJECTS, type Subject, type SubjectName, startSubject } from './bench/media/subject.ts';
import type { Window } from './bench/media/window.ts';
import type { JoinTimes } from './bench/media/wire.ts';
import { measurePipes } from './bench/pipes/measure-pipes.ts';
import { ensureTestMachine } from './setup/checks/test-machine.ts';
import { startPostgres } from './setup/engines/postgres.ts';
import { startRedis } from './setup/engines/redis.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const PARTS = ['forwarding', 'estimation', 'join', 'people', 'pipes'];
const LOAD_CORE = 1;

await runVerb(async (signal) => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: PARTS.join(',') },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      json: { type: 'string', default: 'bench-results.json' },
      report: { type: 'string' },
    },
  });
  const parts = values.only.split(',');
  const unknown = parts.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new SetupError(`no such part: ${unknown.join(', ')}`);
  const rounds = positive('rounds', values.rounds);
  const seconds = positive('seconds', values.seconds);

  const folder = mkdtempSync(joinPath(tmpdir(), 'balai-bench-'));
  chmodSync(folder, 0o711); // for PostgreSQL's own user
  await using owned = new AsyncDisposableStack();
  owned.defer(() => rmSync(folder, { recursive: true, force: true }));
  const workerBin = await ensureTestMachine(signal);
  process.env['MEDIASOUP_WORKER_BIN'] = workerBin;
  const postgres = await startPostgres({
    folder: joinPath(folder, 'postgres'),
    isDurable: true,
    signal,
  });
  owned.defer(postgres.stop);
  const redis = await startRedis(joinPath(folder, 'redis'), signal);
  owned.defer(redis.stop);
  process.env['BALAI_TEST_DATABASE_URL'] = postgres.superuserUrl;
  process.env['BALAI_TEST_REDIS_URL'] = redis.url;

  const results: Results = { forwarding: [], estimation: [], join: [], people: [], pipes: [] };
  const plan = planOf(parts, seconds);
  for (let round = 1; round <= rounds; round++) {
    for (const { name, subjects, run } of plan) {
      // In another order each time: what comes first finds a cooler machine.
      for (const subject of rotate(subjects, round)) {
        signal.throwIfAborted();
        say(`round ${round} of ${rounds}: ${name}, ${subject}`);
        await twice(() => withSubject(subject, (server, load) => run(server, load, results)));
        writeFileSync(values.json, JSON.stringify(results, null, 2));
      }
    }
    for (const estimator of parts.includes('estimation') ? rotate(ESTIMATORS, round) : []) {
      signal.throwIfAborted();
      say(`round ${round} of ${rounds}: estimation, ${estimator}`);
      const options = { subscribers: 100, seconds, workerBin };
      results.estimation.push(await twice(() => measureEstimator(estimator, options)));
    }
    if (parts.includes('pipes')) {
      signal.throwIfAborted();
      say(`round ${round} of ${rounds}: pipes`);
      results.pipes.push(await twice(() => measurePipes({ seconds, workerBin })));
      writeFileSync(values.json, JSON.stringify(results, null, 2));
    }
  }
  const report = `${machine()}\n\n${describe(results)}\n`;
  process.stdout.write(report);
  if (values.report !== undefined) writeFileSync(values.report, report);
  writeFileSync(values.json, JSON.stringify(results, null, 2));
  say(`every run by itself: ${values.json}`);
  return 0;
});

type Step = {
  readonly name: string;
  readonly subjects: readonly SubjectName[];
  readonly run: (subject: Subject, load: Load, results: Results) => Promise<void>;
};

function planOf(parts: readonly string[], seconds: number): readonly Step[] {
  const forwarding = (what: string, run: (s: Subject, l: Load) => Promise<Window>): Step => ({
    name: what,
    subjects: SUBJECTS,
    run: async (subject, load, results) => {
      results.forwarding.push({ what, subject: subject.name, ...(await run(subject, load)) });
    },
  });
  const joining = (
    what: string,
    options: { present: number; joins: number; atOnce: boolean },
  ): Step => ({
    name: what,
    subjects: SUBJECTS,
    run: async (subject, load, results) => {
      const times: readonly JoinTimes[] = await join(subject, load, options);
      results.join.push({ what, subject: subject.name, times });
    },
  });
  const people = (count: number): Step => ({
    name: `${count} people`,
    // Bare mediasoup sends everything to everybody: with 100 people no machine carries it.
    subjects: ['balai'],
    run: async (subject, load, results) => {
      const window = await forwardInCrowd(subject, load, count, seconds);
      results.people.push({ count, ...window });
    },
  });
  return [
    ...(parts.includes('forwarding')
      ? [
          ...[10, 100, 300].map((count) =>
            forwarding(`1 to ${count}`, (subject, load) =>
              forwardToMany(subject, load, count, seconds),
            ),
          ),
          forwarding('20 to all', (subject, load) => forwardAmong(subject, load, 20, seconds)),
        ]
      : []),
    ...(parts.includes('join')
      ? [
          joining('idle, one by one', { present: 1, joins: 15, atOnce: false }),
          joining('idle, 50 at once', { present: 1, joins: 50, atOnce: true }),
          joining('100 present, one by one', { present: 100, joins: 15, atOnce: false }),
          joining('100 present, 50 at once', { present: 100, joins: 50, atOnce: true }),
        ]
      : []),
    ...(parts.includes('people') ? [10, 30, 100].map(people) : []),
  ];
}

/** A machine that was busy for a moment is no reason to lose what was measured before; a fault comes again. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    say(`once more, because of: ${error instanceof Error ? error.message : String(error)}`);
    return await work();
  }
}

async function withSubject(
  name: SubjectName,
  work: (subject: Subject, load: Load) => Promise<void>,
): Promise<void> {
  const load = new Load();
  pinFamily(load.pid, LOAD_CORE);
  try {
    const subject = await startSubject(name);
    try {
      await work(subject, load);
      await load.run('leave', null);
    } finally {
      await subject.close();
    }
  } finally {
    await load.close();
  }
}

function rotate<T>(values: readonly T[], by: number): readonly T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new SetupError(`--${name} must be above 0`);
  return value;
}

/** On what it was measured: figures of other machines differ, ratios hold. */
function machine(): string {
  const { version } = JSON.parse(
    readFileSync(new URL('../node_modules/mediasoup/package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  const [cpu] = cpus();
  return [
    `Machine: ${availableParallelism()} cores of ${cpu?.model ?? 'an unknown processor'}, ${kernel}.`,
    `Node.js ${process.versions.node}, mediasoup ${version}, one worker. Server on one core, clients on the other.`,
    `Load average at the end: ${loadavg()[0]?.toFixed(2)}.`,
  ].join('\n');
}
