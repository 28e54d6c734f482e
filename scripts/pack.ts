/**
 * `npm run pack -- FOLDER`: makes archives of both SDKs, as npm would publish them, for applications
 * that do not get them from a registry.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './setup/npm.mjs';
import { inRoot } from './setup/paths.ts';
import { run } from './setup/run.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

await runVerb(async (signal) => {
  const [folder, ...more] = process.argv.slice(2);
  if (folder === undefined || folder.startsWith('-') || more.length > 0) {
    process.stderr.write('npm run pack -- FOLDER   where the archives are to be\n');
    return 2;
  }
  if (!existsSync(folder)) throw new SetupError(`there is no folder ${folder}`);
  const npm = npmCommand(process.execPath);
  const workspaces = ['--workspace', 'client-sdk', '--workspace', 'server-sdk'];
  await run(npm.file, [...npm.args, 'pack', ...workspaces, '--pack-destination', folder], {
    cwd: inRoot(),
    env: npm.env,
    onLine: (line) => {
      if (/^[\w.-]+\.tgz$/.test(line)) say(join(folder, line));
    },
    signal,
  });
  return 0;
});
