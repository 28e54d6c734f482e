/** `npm run migrate -- up|down|status|redo`: changes the schema of the database, or tells about it. */
import { parseArgs } from 'node:util';
import { createLogger } from '../server/src/kernel/logger.ts';
import {
  type MigrationStep,
  migrate,
  readMigrationStatus,
} from '../server/src/store/postgres/migrate.ts';
import { withOwnerDatabase } from './database/owner-database.ts';
import { readConfiguration } from './setup/configuration.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const USAGE = `npm run migrate -- COMMAND

  up           every migration that did not run yet (the server does this when it starts)
  down         takes the newest one back, with the data of what it made
  down --all   takes all of them back: nothing is left
  redo         takes the newest one back and runs it again
  status       which ran and which did not

DATABASE_URL names the database; without it, it is the embedded one of npm start.
`;

const COMMANDS = ['up', 'down', 'redo', 'status'] as const;
type Command = (typeof COMMANDS)[number];

await runVerb(async (signal) => {
  const request = readRequest(process.argv.slice(2));
  if (request === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfiguration(process.env);
  return await withOwnerDatabase(config, signal, async (url) => {
    await (request.command === 'status' ? tellStatus(url) : takeStep(url, request));
    return 0;
  });
});

type Request = { command: Command; isAll: boolean };

/** Undefined for what is no request, and for a wish to know what is one. */
function readRequest(args: string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    strict: false,
    options: { all: { type: 'boolean' } },
  });
  const command = COMMANDS.find((name) => name === positionals[0]);
  const isAll = values['all'] === true;
  const isKnown = Object.keys(values).every((name) => name === 'all');
  if (!command || !isKnown || positionals.length > 1 || (isAll && command !== 'down')) {
    return undefined;
  }
  return { command, isAll };
}

async function takeStep(url: string, { command, isAll }: Request): Promise<void> {
  const step: MigrationStep = isAll ? 'reset' : (command as MigrationStep);
  const names = await explain(() => migrate(url, createLogger('silent'), step));
  for (const name of names) say(`${command}: ${name}`);
  if (names.length === 0) say(`${command}: nothing to do`);
}

async function tellStatus(url: string): Promise<void> {
  const { done, pending } = await explain(() => readMigrationStatus(url, createLogger('silent')));
  const lines = [
    ...done.map((name) => `done     ${name}`),
    ...pending.map((name) => `pending  ${name}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What the database refuses is for the user, without a stack. */
async function explain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error ? new SetupError(error.message, { cause: error.cause }) : error;
  }
}
