/**
 * `node scripts/bootstrap.mjs build-worker [--force]` brings a trusted media
 * worker and prints its path as the last line of standard output. `--force` builds
 * even where another one is there already.
 */
import { readConfiguration } from './setup/configuration.ts';
import { say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';
import { buildWorker, findBuiltWorker } from './setup/worker/build.ts';
import { findWorker } from './setup/worker/worker.ts';

await runVerb(async (signal) => {
  const isForced = process.argv.includes('--force');
  const found = isForced
    ? findBuiltWorker()
    : await findWorker(readConfiguration(process.env).workerBin, signal);
  const worker = found ?? (await buildWorker(signal));
  say(`media worker: ${found ? 'ready' : 'built'}`);
  process.stdout.write(`${worker}\n`);
  return 0;
});
