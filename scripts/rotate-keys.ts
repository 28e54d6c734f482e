/** `npm run rotate-keys`: a new key for what is stored encrypted. */
import { join } from 'node:path';
import { loadKeyRing } from '../server/src/store/files/key-ring.ts';
import { withClient, withOwnerDatabase } from './database/owner-database.ts';
import { GRACE_MS, rotateKeys } from './database/rotate-keys.ts';
import { readConfiguration } from './setup/configuration.ts';
import { acquireLock } from './setup/lock.mjs';
import { SetupError, say, warn } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const BATCH_SIZE = 500;

await runVerb(async (signal) => {
  if (process.argv.length > 2) throw new SetupError('rotate-keys takes no arguments');
  const config = readConfiguration(process.env);
  const keyRing = await loadKeyRing(config.dataDir);
  const lock = await acquireLock(join(config.dataDir, 'keys', 'rotation.lock'), { timeoutMs: 0 });
  try {
    const { count, faults, dropped } = await withOwnerDatabase(config, signal, (url) =>
      withClient(url, (client) =>
        rotateKeys({ client, keyRing, batchSize: BATCH_SIZE, graceMs: GRACE_MS, say, signal }),
      ),
    );
    say(`${count} values were encrypted anew`);
    for (const id of dropped) say(`the key ${id} is gone: a backup from before needs a copy of it`);
    for (const fault of faults) warn(fault);
    return faults.length === 0 ? 0 : 1;
  } finally {
    lock.release();
  }
});
