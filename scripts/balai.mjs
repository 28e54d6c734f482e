#!/usr/bin/env node
/**
 * `balai COMMAND`: what operators do, from any folder: `balai backup` is `npm run backup`.
 * In the image it is on PATH, on a machine after `npm link`.
 */
import { launchVerb } from './setup/launch-verb.mjs';

const USAGE = `balai COMMAND

  nodes list            the media nodes of the server that runs, and how they do
  nodes drain NODE      nobody new comes to this node, and who is on it moves to others
  nodes undrain NODE    people come to it again
  drain                 has the media node in whose container this runs drained before a
                        stop, and waits for it

  admin, keys           accounts of administrators; projects and API keys
  backup, restore       the database
  migrate, maintain, db-report, rotate-keys

Paths are those of Balai's folder. Without more words a command says how it is used, or
docs/operations.md does.
`;

/** By what is typed: the name of the script, and words before those that follow. */
const COMMANDS = new Map([
  ['nodes', ['admin', 'nodes']],
  ...[
    ...['admin', 'backup', 'db-report', 'drain', 'keys', 'maintain', 'migrate', 'restore'],
    'rotate-keys',
  ].map((verb) => /** @type {[string, string[]]} */ ([verb, [verb]])),
]);

const [command = '', ...rest] = process.argv.slice(2);
const [verb, ...words] = COMMANDS.get(command) ?? [];
await launchVerb(verb, [...words, ...rest], USAGE);
