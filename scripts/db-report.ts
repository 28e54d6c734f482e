/** `npm run db-report [-- --json]`: what the database does, and how big it is. */
import { parseArgs } from 'node:util';
import { withClient, withOwnerDatabase } from './database/owner-database.ts';
import { readReport } from './database/report.ts';
import { reportText } from './database/report-text.ts';
import { readConfiguration } from './setup/configuration.ts';
import { runVerb } from './setup/verb.ts';

await runVerb(async (signal) => {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const config = readConfiguration(process.env);
  const report = await withOwnerDatabase(config, signal, (url) =>
    withClient(url, (client) => readReport(client, url)),
  );
  process.stdout.write(
    values.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report),
  );
  return 0;
});
