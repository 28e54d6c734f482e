/**
 * `npm test [-- VITEST ARGUMENTS]`: brings what is missing and runs every check.
 * All of them run even when one fails; the last line is `N passed, N failed`, after what
 * the machine lacks for those that were skipped.
 * With arguments (`npm test -- --project unit layout`) only those tests run.
 */

import { buildClients } from './setup/build-clients.ts';
import { usesClients } from './setup/checks/selected-tests.ts';
import { runStaticChecks } from './setup/checks/static-checks.ts';
import { addTallies, type Tally, tallyLine } from './setup/checks/tally.ts';
import { ensureTestMachine } from './setup/checks/test-machine.ts';
import { runVitest } from './setup/checks/vitest-run.ts';
import { complain } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

await runVerb(async (signal) => {
  const args = process.argv.slice(2);
  let tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    const workerBin = await ensureTestMachine(signal);
    if (args.length === 0) tally = addTallies(tally, await runStaticChecks(signal));
    else if (usesClients(args)) await buildClients(signal);
    tally = addTallies(tally, await runVitest({ args, workerBin, signal }));
  } catch (error) {
    if (signal.aborted) throw error;
    complain(error);
    tally = addTallies(tally, { passed: 0, failed: 1, skipped: 0 });
  }
  for (const line of tally.missing ?? []) process.stdout.write(`\n${line}`);
  process.stdout.write(`\n${tallyLine(tally)}\n`);
  return tally.failed === 0 ? 0 : 1;
});
