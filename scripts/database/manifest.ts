import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SetupError } from '../setup/say.ts';
import { clusterFacts } from './cluster-facts.ts';

/** What a backup holds. */
export const backupModes = ['full', 'schema', 'data'] as const;
export type BackupMode = (typeof backupModes)[number];

/** The archive of pg_dump in a backup's folder. */
export const ARCHIVE = 'database.dump';
const MANIFEST = 'manifest.json';

const manifestSchema = z.object({
  format: z.literal(1),
  mode: z.enum(backupModes),
  database: z.string(),
  /** When the snapshot was taken, ISO 8601. */
  createdAt: z.iso.datetime(),
  serverMajor: z.int(),
  toolMajor: z.int(),
  archiveBytes: z.int(),
  /** Of the archive, in hexadecimal. */
  archiveSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Names of the migrations that had run, in order. */
  migrations: z.array(z.string()),
  /** Keys that encrypted values in it need; the keys themselves are in BALAI_DATA_DIR. */
  encryptionKeyIds: z.array(z.string()),
  cluster: clusterFacts,
});

/** What stands beside an archive, so that a person and `restore` know what it is. */
export type Manifest = z.output<typeof manifestSchema>;

/** @throws SetupError when the folder is not a backup. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new SetupError(`${folder} is not a backup: ${MANIFEST} is missing or not understood`, {
      cause: error,
    });
  }
}

/** The manifest as the file's name and text. */
export function manifestFile(manifest: Manifest): { name: string; text: string } {
  return { name: MANIFEST, text: `${JSON.stringify(manifest, undefined, 2)}\n` };
}
