import { Client } from 'pg';

/** URL parameters that libpq reads from its environment under another name. */
const PARAMETERS: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslrootcert: 'PGSSLROOTCERT',
};

/**
 * The environment that leads libpq's programs to a database. The address and the
 * password go this way and never as arguments, which every user of the machine
 * can read; PG* variables of the person who runs this do not reach the programs.
 */
export function clientEnvironment(
  url: string,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { host, port, user, database, password } = new Client({ connectionString: url });
  const own: NodeJS.ProcessEnv = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user ?? '',
    PGDATABASE: database ?? '',
    PGAPPNAME: 'balai-backup',
    PGCONNECT_TIMEOUT: '10',
    PGCLIENTENCODING: 'UTF8',
    // What the programs say is matched and shown.
    LC_ALL: 'C',
  };
  // An empty password would be tried; an absent one leaves the choice to pg_hba.conf.
  if (password) own['PGPASSWORD'] = password;
  const { searchParams } = new URL(url);
  for (const [name, variable] of Object.entries(PARAMETERS)) {
    const value = searchParams.get(name);
    if (value) own[variable] = value;
  }
  const others = Object.entries(env).filter(
    ([name]) => !/^(PG[A-Z]+|LC_ALL|DATABASE_URL|BALAI_.*)$/.test(name),
  );
  return { ...Object.fromEntries(others), ...own };
}
