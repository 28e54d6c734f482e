/** `npm run backup [-- OPTIONS]`: backs the database up into a new folder. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backUp } from './database/backup.ts';
import type { BackupMode } from './database/manifest.ts';
import { withOwnerDatabase } from './database/owner-database.ts';
import { readConfiguration } from './setup/configuration.ts';
import { elapsed, SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const USAGE = `npm run backup -- [OPTIONS]

  --schema-only        tables, functions, views, roles and policies; no rows
  --data-only          rows only, to go back into the same schema
  --folder FOLDER      where backups are kept (default: backups in BALAI_DATA_DIR)
  --compress LEVEL     0 for none to 9 (default: 6)
  --keep-days DAYS     removes older backups of the same kind when this one is made (default: 30)

DATABASE_URL names the database; without it, it is the embedded one of npm start.
The exit status is 0 when a backup was made, and every try is a line in backup.log.
`;

await runVerb(async (signal) => {
  const startedAt = performance.now();
  const { values } = parseArgs({
    options: {
      'schema-only': { type: 'boolean', default: false },
      'data-only': { type: 'boolean', default: false },
      folder: { type: 'string' },
      compress: { type: 'string', default: '6' },
      'keep-days': { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values['schema-only'] && values['data-only']) {
    throw new SetupError('--schema-only and --data-only leave nothing to back up');
  }
  const config = readConfiguration(process.env);
  const mode: BackupMode = values['schema-only'] ? 'schema' : values['data-only'] ? 'data' : 'full';
  const made = await withOwnerDatabase(config, signal, (url) =>
    backUp({
      url,
      folder: values.folder ?? join(config.dataDir, 'backups'),
      mode,
      compression: wholeNumber('--compress', values.compress, 9),
      maxAgeDays: wholeNumber('--keep-days', values['keep-days'], 36_500),
      signal,
    }),
  );
  for (const name of made.removed) say(`removed by age: ${name}`);
  say(`backed up ${mode}: ${made.path} (${made.bytes} bytes, ${elapsed(startedAt)})`);
  say(`keys and uploaded files are not in it: copy ${config.dataDir} too (docs/operations.md)`);
  return 0;
});

function wholeNumber(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new SetupError(`${name} must be a whole number from 0 to ${max}`);
  return value;
}
