/** Gives every encrypted value a new key, and forgets the old one when nothing needs it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { KeyRing } from '../../server/src/store/files/key-ring.ts';
import { createSecrets, type Secrets } from '../../server/src/store/files/secrets.ts';
import { SECRET_COLUMNS, type SecretColumn } from '../../server/src/store/secret-columns.ts';

/**
 * A server may look at the keys up to 5 s late (KEY_RING_MAX_AGE_MS), and a transaction that
 * encrypted with the old key may take 15 s to end: nothing is written with it after this.
 */
export const GRACE_MS = 60_000;

/** Options of {@link rotateKeys}. */
export type RotationOptions = {
  /** Connected as the owner. */
  client: Client;
  keyRing: KeyRing;
  /** Values that one transaction encrypts anew. */
  batchSize: number;
  /** How long a key is kept after it was retired, at least. */
  graceMs: number;
  say: (line: string) => void;
  signal: AbortSignal;
};

/** What a rotation did. */
export type Rotation = {
  /** Values that have the new key now. */
  count: number;
  /** Places that could not be read; their keys are kept. */
  faults: string[];
  dropped: string[];
};

/**
 * Adds a key and re-encrypts everything in batches while servers go on; a run that ends
 * early is finished by the next one, which then adds no key of its own.
 */
export async function rotateKeys(options: RotationOptions): Promise<Rotation> {
  const { keyRing, graceMs, say, signal } = options;
  if (keyRing.retiredKeys().length > 0) {
    say('an earlier rotation did not end: finishing it');
  } else {
    say(`the new key is ${(await keyRing.addKey()).id}`);
  }
  const first = await reencryptAll(options);
  const newest = Math.max(
    ...keyRing.retiredKeys().map(({ retiredAt }) => retiredAt?.getTime() ?? 0),
  );
  const leftMs = newest + graceMs - Date.now();
  if (leftMs > 0) {
    say(`waiting ${Math.ceil(leftMs / 1000)} s: until then a server may still use the old key`);
    await delay(leftMs, undefined, { signal });
  }
  const second = await reencryptAll(options);
  return {
    count: first.count + second.count,
    faults: second.faults,
    dropped: await dropUnused(options),
  };
}

async function reencryptAll(options: RotationOptions): Promise<Omit<Rotation, 'dropped'>> {
  const current = await options.keyRing.getCurrentKey();
  const secrets = createSecrets(options.keyRing);
  const faults: string[] = [];
  let count = 0;
  for (const column of SECRET_COLUMNS) {
    let after = '';
    for (;;) {
      options.signal.throwIfAborted();
      const batch = await reencryptBatch(options, { column, after, keyId: current.id, secrets });
      count += batch.count;
      faults.push(...batch.faults);
      if (batch.last === undefined) break;
      after = batch.last;
    }
  }
  return { count, faults };
}

type Batch = { column: SecretColumn; after: string; keyId: string; secrets: Secrets };
type Row = { position: string; rowId: string; value: string };

async function reencryptBatch(
  { client, batchSize }: RotationOptions,
  { column: { table, column, rowIdSql }, after, keyId, secrets }: Batch,
): Promise<{ count: number; faults: string[]; last: string | undefined }> {
  const faults: string[] = [];
  await client.query('BEGIN');
  try {
    // Locked: a server that writes the value at this moment has the last word.
    const { rows } = await client.query<Row>(
      `SELECT id::text AS position, ${rowIdSql} AS "rowId", ${column} AS value FROM ${table}
       WHERE encryption_key_id IS NOT NULL AND encryption_key_id <> $1 AND id::text > $2
       ORDER BY id::text LIMIT $3 FOR UPDATE`,
      [keyId, after, batchSize],
    );
    for (const { position, rowId, value } of rows) {
      const place = { purpose: `${table}.${column}`, rowId };
      try {
        const next = await secrets.encryptSecret(place, await secrets.decryptSecret(place, value));
        await client.query(
          `UPDATE ${table} SET ${column} = $2, encryption_key_id = $3 WHERE id = $1`,
          [position, next.value, next.keyId],
        );
      } catch (error) {
        if (error instanceof Error && 'severity' in error) throw error;
        faults.push(error instanceof Error ? error.message : String(error));
      }
    }
    await client.query('COMMIT');
    return { count: rows.length - faults.length, faults, last: rows.at(-1)?.position };
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function dropUnused({ client, keyRing, say }: RotationOptions): Promise<string[]> {
  const dropped: string[] = [];
  for (const { id } of keyRing.retiredKeys()) {
    if (await isUsed(client, id)) {
      say(`the key ${id} is kept: values still need it`);
      continue;
    }
    await keyRing.dropKey(id);
    dropped.push(id);
  }
  return dropped;
}

async function isUsed(client: Client, keyId: string): Promise<boolean> {
  for (const { table } of SECRET_COLUMNS) {
    const sql = `SELECT FROM ${table} WHERE encryption_key_id = $1 LIMIT 1`;
    if ((await client.query(sql, [keyId])).rowCount !== 0) return true;
  }
  return false;
}
