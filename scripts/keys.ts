/** `npm run keys -- COMMAND`: projects and API keys of applications, from the command line. */
import { KEY_SCOPES, type KeyScope } from '@balai/protocol';
import { loadKeyRing } from '../server/src/store/files/key-ring.ts';
import { createSecrets } from '../server/src/store/files/secrets.ts';
import { createKey, createProject, listProjects, revokeKey } from './database/api-keys.ts';
import { withClient, withOwnerDatabase } from './database/owner-database.ts';
import { readConfiguration } from './setup/configuration.ts';
import { runVerb } from './setup/verb.ts';

const USAGE = `npm run keys -- COMMAND

  project NAME [EMAIL]             makes a project, of the account with this address or of nobody's,
                                   and its first key
  create PROJECT NAME [SCOPE…]     makes a key for the project with this id, and tells its secret, once;
                                   the scopes are ${KEY_SCOPES.slice(0, 3).join(', ')},
                                   ${KEY_SCOPES.slice(3).join(', ')}; all of them by default
  list                             the projects and their keys
  revoke KEY                       voids the key with this id, at once and for good

DATABASE_URL names the database; without it, it is the embedded one of npm start. Secrets are
encrypted with the keys in BALAI_DATA_DIR, which must be the server's.
`;

await runVerb(async (signal) => {
  const [command, ...words] = process.argv.slice(2);
  if (!isUnderstood(command, words)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfiguration(process.env);
  const [first = '', second = '', ...rest] = words;
  return await withOwnerDatabase(config, signal, (url) =>
    withClient(url, async (client) => {
      const secrets = async () => createSecrets(await loadKeyRing(config.dataDir));
      switch (command) {
        case 'project': {
          const id = await createProject(client, first, second || undefined);
          remark(`made the project ${id}`);
          tell(await createKey(client, await secrets(), id, first, KEY_SCOPES));
          return 0;
        }
        case 'create': {
          const scopes = rest.length === 0 ? KEY_SCOPES : (rest as KeyScope[]);
          tell(await createKey(client, await secrets(), first, second, scopes));
          return 0;
        }
        case 'revoke':
          await revokeKey(client, first);
          remark(`the key ${first} is void`);
          return 0;
        default: {
          const lines = await listProjects(client);
          process.stdout.write(lines.map((line) => `${line}\n`).join(''));
          if (lines.length === 0) remark('there are no projects: npm run keys -- project NAME');
          return 0;
        }
      }
    }),
  );
});

function isUnderstood(command: string | undefined, words: readonly string[]): boolean {
  if (words.some((word) => word.trim() === '' || word.startsWith('-'))) return false;
  switch (command) {
    case 'project':
      return words.length === 1 || words.length === 2;
    case 'create':
      return (
        words.length >= 2 &&
        words.slice(2).every((word) => (KEY_SCOPES as readonly string[]).includes(word))
      );
    case 'revoke':
      return words.length === 1;
    default:
      return command === 'list' && words.length === 0;
  }
}

/** As an environment file has it: nothing else tells the secret again. */
function tell({ id, secret }: { id: string; secret: string }): void {
  process.stdout.write(`BALAI_API_KEY=${id}\nBALAI_API_SECRET=${secret}\n`);
  remark('the secret is told this once: keep it');
}

/** On standard error: standard output can be appended to an environment file. */
function remark(line: string): void {
  process.stderr.write(`· ${line}\n`);
}
