/**
 * `npm run docs`: makes the site of the client SDK, its guide and the reference of
 * every public name, in docs/client/site. It fails where something public is undocumented.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inRoot } from './setup/paths.ts';
import { run } from './setup/run.ts';
import { say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const folder = inRoot('docs', 'client');

await runVerb(async (signal) => {
  // It has a compiler of its own, and lives where npm put that.
  const typedoc = createRequire(join(folder, 'package.json')).resolve('typedoc');
  await run(process.execPath, [join(dirname(typedoc), '../bin/typedoc')], {
    cwd: folder,
    onLine: (line) => process.stdout.write(`${line}\n`),
    signal,
  });
  say(`open ${inRoot('docs', 'client', 'site', 'index.html')}`);
  return 0;
});
