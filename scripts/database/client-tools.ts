/**
 * PostgreSQL's own client programs. pg_dump refuses a server that is newer than
 * itself, so the programs are chosen by the server's version.
 */
import { output } from '../setup/run.ts';

/** The programs of one PostgreSQL release, in one folder. */
export type ClientTools = {
  /** The release that they are of: 15 to 18. */
  major: number;
  /** As pg_dump tells it. */
  version: string;
  /** The words that start a program; its arguments follow. */
  command(program: 'pg_dump' | 'pg_restore' | 'psql'): readonly [string, ...string[]];
};

/** The oldest of these that can talk to the server. */
export function chooseTools<Tools extends { major: number }>(
  tools: readonly Tools[],
  serverMajor: number,
): Tools | undefined {
  return tools
    .filter(({ major }) => major >= serverMajor)
    .toSorted((a, b) => a.major - b.major)
    .at(0);
}

/** What is said where no program fits. */
export function versionFault(installed: readonly { major: number }[], serverMajor: number): string {
  const newest = Math.max(...installed.map(({ major }) => major));
  const found =
    installed.length === 0
      ? 'no pg_dump was found'
      : `the newest pg_dump found is of ${newest}, which refuses a newer server`;
  return (
    `the server is PostgreSQL ${serverMajor}, and ${found}: install the client programs of ` +
    `PostgreSQL ${serverMajor} (package postgresql-client-${serverMajor}), or put their folder on PATH`
  );
}

/** Asks pg_dump for its version; undefined where it does not run. */
export function describeTools(command: ClientTools['command']): ClientTools | undefined {
  const [file, ...words] = command('pg_dump');
  const version = output(file, [...words, '--version'])?.match(/\(PostgreSQL\) (\S+)/)?.[1];
  return version === undefined
    ? undefined
    : { major: Number.parseInt(version, 10), version, command };
}
