/** `node scripts/bootstrap.mjs VERB [ARGS]` runs scripts/VERB.ts. */
import { launchVerb } from './setup/launch-verb.mjs';

const [verb, ...args] = process.argv.slice(2);
await launchVerb(
  verb,
  args,
  'usage: node scripts/bootstrap.mjs start|test|docs|build-worker [ARGS]\n',
);
