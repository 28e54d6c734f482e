/** `npm run maintain`: now, what the server does when it is due (BALAI_MAINTENANCE_INTERVAL_H). */
import { maintainTables } from '../server/src/store/postgres/maintenance.ts';
import { withOwnerDatabase } from './database/owner-database.ts';
import { readConfiguration } from './setup/configuration.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

await runVerb(async (signal) => {
  if (process.argv.length > 2) throw new SetupError('maintain takes no arguments');
  const config = readConfiguration(process.env);
  say('vacuuming, analysing and reindexing; readers and writers go on');
  const done = await withOwnerDatabase(config, signal, (ownerUrl) =>
    maintainTables({ ownerUrl, reindexTables: config.reindexTables, dueBefore: new Date() }),
  );
  if (done === undefined) throw new SetupError('another process is at it');
  say(`${done.vacuumed} tables vacuumed, ${done.reindexed} reindexed in ${done.durationMs} ms`);
  return 0;
});
