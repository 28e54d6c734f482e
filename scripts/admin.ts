/** `npm run admin -- …`: who the administrators are, and what becomes of media nodes. */
import type { Client } from 'pg';
import { withClient, withOwnerDatabase } from './database/owner-database.ts';
import { parseNodeCommand, runNodeCommand } from './operators/nodes.ts';
import { readConfiguration } from './setup/configuration.ts';
import { SetupError, say } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

const USAGE = `npm run admin -- COMMAND

  grant EMAIL    makes the account with this address an administrator
  revoke EMAIL   makes it an ordinary one again, at once
  list           the administrators

  nodes list            the media nodes of the server that runs, and how they do
  nodes drain NODE      nobody new comes to this node, and who is on it moves to others
  nodes undrain NODE    people come to it again

DATABASE_URL names the database; without it, it is the embedded one of npm start.
Only its owner can make administrators: the API cannot, whoever calls it. Nodes are
asked over the Redis of REDIS_URL; without it, over that of npm start.
`;

await runVerb(async (signal) => {
  const words = process.argv.slice(2);
  if (words[0] === 'nodes') {
    const nodeCommand = parseNodeCommand(words.slice(1));
    if (nodeCommand === undefined) {
      process.stderr.write(USAGE);
      return 2;
    }
    await runNodeCommand(readConfiguration(process.env), nodeCommand);
    return 0;
  }
  const [command, email, ...rest] = words;
  const isChange = command === 'grant' || command === 'revoke';
  if (rest.length > 0 || (isChange ? email === undefined : command !== 'list' || email)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfiguration(process.env);
  return await withOwnerDatabase(config, signal, (url) =>
    withClient(url, async (client) => {
      await (isChange
        ? setAdmin(client, (email ?? '').trim().toLowerCase(), command === 'grant')
        : listAdmins(client));
      return 0;
    }),
  );
});

async function setAdmin(client: Client, email: string, isAdmin: boolean): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE users SET is_admin = $2
     WHERE email = $1 AND kind = 'registered' AND status = 'active'`,
    [email, isAdmin],
  );
  if (rowCount === 0) {
    throw new SetupError(`there is no active account with the address ${email}: register it first`);
  }
  say(`${email} is ${isAdmin ? 'an administrator' : 'no administrator'} now`);
}

async function listAdmins(client: Client): Promise<void> {
  const { rows } = await client.query<{ email: string; status: string }>(
    'SELECT email, status FROM users WHERE is_admin ORDER BY email',
  );
  process.stdout.write(rows.map(({ email, status }) => `${email}  ${status}\n`).join(''));
  if (rows.length === 0) say('nobody is an administrator: npm run admin -- grant EMAIL');
}
