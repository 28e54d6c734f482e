import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-stores.ts';
import { readClusterFacts, restoreRoles } from './cluster-facts.ts';
import { serverMajor } from './owner-database.ts';

let database: TestDatabase;
let owner: Client;
beforeEach(async () => {
  database = await createTestDatabase();
  owner = new Client({ connectionString: database.url });
  await owner.connect();
});
afterEach(async () => {
  await owner.end();
  await database.drop();
});

test('an owner who made app_user does not come under its policies by a restore', async () => {
  const rights = async () =>
    (
      await owner.query(
        `SELECT pg_has_role('app_user', 'USAGE') AS "isUser", pg_has_role('app_admin', 'USAGE') AS "isAdmin"`,
      )
    ).rows[0];
  const before = await rights();
  expect(before).toEqual({ isUser: false, isAdmin: true });
  await restoreRoles(owner, await readClusterFacts(owner));
  expect(await rights()).toEqual(before);
});

test('a member who asks for the rights of a role goes on to have to ask', async () => {
  if ((await serverMajor(owner)) < 16) return;
  const [group, member] = ['group', 'member'].map((word) => `${owner.database}_${word}`);
  const facts = await readClusterFacts(owner);
  const role = {
    canLogin: false,
    inherits: true,
    createsRoles: false,
    createsDatabases: false,
    bypassesRowSecurity: false,
    comment: null,
  };
  try {
    await restoreRoles(owner, {
      ...facts,
      roles: [
        { ...role, name: String(group) },
        { ...role, name: String(member) },
      ],
      memberships: [
        { role: String(group), member: String(member), isAdmin: true, isInherited: false },
      ],
    });
    const { rows } = await owner.query(
      `SELECT pg_has_role($1::name, $2::name, 'USAGE') AS inherits,
              pg_has_role($1::name, $2::name, 'MEMBER WITH ADMIN OPTION') AS grants`,
      [member, group],
    );
    expect(rows).toEqual([{ inherits: false, grants: true }]);
  } finally {
    await owner.query(`DROP ROLE IF EXISTS ${member}`);
    await owner.query(`DROP ROLE IF EXISTS ${group}`);
  }
});
