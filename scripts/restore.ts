/** `npm run restore -- BACKUP [--force]`: puts a backup into a database. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadKeyRing } from '../server/src/store/files/key-ring.ts';
import { parseBackupName } from './database/backup-names.ts';
import type { Manifest } from './database/manifest.ts';
import { withOwnerDatabase } from './database/owner-database.ts';
import { restore } from './database/restore.ts';
import { readConfiguration } from './setup/configuration.ts';
import { elapsed, SetupError, say, warn } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const USAGE = `npm run restore -- BACKUP [--force] [--folder FOLDER]

  BACKUP               the folder of a backup, its name, or "latest": the newest full one
  --force              removes what is in the target first
  --folder FOLDER      where backups are kept (default: backups in BALAI_DATA_DIR)

DATABASE_URL names the target; without it, it is the embedded one of npm start.
Nothing is changed unless everything could be restored.
`;

await runVerb(async (signal) => {
  const startedAt = performance.now();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      force: { type: 'boolean', default: false },
      folder: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [wanted] = positionals;
  if (values.help || wanted === undefined || positionals.length > 1) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const config = readConfiguration(process.env);
  const folder = findBackup(values.folder ?? join(config.dataDir, 'backups'), wanted);
  const manifest = await withOwnerDatabase(config, signal, (url) =>
    restore({ url, folder, isForced: values.force, signal }),
  );
  say(`restored ${folder}, made ${manifest.createdAt} (${elapsed(startedAt)})`);
  await checkKeys(config.dataDir, manifest);
  return 0;
});

function findBackup(kept: string, wanted: string): string {
  if (wanted === 'latest') {
    const newest = (existsSync(kept) ? readdirSync(kept) : [])
      .flatMap((name) => parseBackupName(name) ?? [])
      .filter(({ mode }) => mode === 'full')
      .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
      .at(-1);
    if (!newest) throw new SetupError(`there is no full backup in ${kept}`);
    return join(kept, newest.name);
  }
  const found = [resolve(wanted), join(kept, wanted)].find((path) => existsSync(path));
  if (!found) throw new SetupError(`there is no backup ${wanted}, neither here nor in ${kept}`);
  return found;
}

/** Rows without their key are there, and nobody can read them. */
async function checkKeys(dataDir: string, { encryptionKeyIds }: Manifest): Promise<void> {
  const ring = await loadKeyRing(dataDir);
  const present = new Set(ring.keyIds());
  const missing = encryptionKeyIds.filter((id) => !present.has(id));
  if (missing.length > 0) {
    warn(
      `values are encrypted with keys that ${dataDir} lacks (${missing.join(', ')}): ` +
        'restore keys/encryption-keys.json from the copy of that folder too',
    );
  }
}
