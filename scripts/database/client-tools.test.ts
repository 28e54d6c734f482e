import { expect, test } from 'vitest';
import { clientEnvironment } from './client-environment.ts';
import { chooseTools, versionFault } from './client-tools.ts';

test.each([
  [[15, 17, 18], 15, 15],
  [[18, 15, 17], 16, 17],
  [[15], 18, undefined],
  [[], 18, undefined],
])('of the releases %j a server of %i gets %s', (majors, server, chosen) => {
  expect(
    chooseTools(
      majors.map((major) => ({ major })),
      server,
    )?.major,
  ).toBe(chosen);
});

test('what is missing is told with both versions and the package', () => {
  expect(versionFault([{ major: 15 }], 18)).toMatch(
    /server is PostgreSQL 18.*is of 15.*postgresql-client-18/,
  );
  expect(versionFault([], 18)).toMatch(/no pg_dump was found/);
});

test('programs are led to the database of the URL and to no other', () => {
  const env = { PATH: '/bin', PGHOST: 'elsewhere', PGSERVICE: 'x', DATABASE_URL: 'secret' };
  const url = 'postgres://me%40x:p%3Aw@[::1]:6543/my%20db?sslmode=verify-full';
  expect(clientEnvironment(url, env)).toEqual({
    PATH: '/bin',
    PGHOST: '::1',
    PGPORT: '6543',
    PGUSER: 'me@x',
    PGPASSWORD: 'p:w',
    PGDATABASE: 'my db',
    PGSSLMODE: 'verify-full',
    PGAPPNAME: 'balai-backup',
    PGCONNECT_TIMEOUT: '10',
    PGCLIENTENCODING: 'UTF8',
    LC_ALL: 'C',
  });
  const socket = 'postgres:///balai?host=/run/postgresql&user=balai';
  expect(clientEnvironment(socket, env)).toMatchObject({
    PGHOST: '/run/postgresql',
    PGUSER: 'balai',
  });
  expect(clientEnvironment(socket, env)).not.toHaveProperty('PGPASSWORD');
});
