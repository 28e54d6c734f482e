import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-stores.ts';
import { fillEveryTable } from './database-contents.fixture.ts';
import { findHiddenTables } from './schema-facts.ts';

const OPERATOR = `balai_test_${randomBytes(6).toString('hex')}_operator`;

let database: TestDatabase;
let owner: Client;
beforeEach(async () => {
  database = await createTestDatabase();
  owner = new Client({ connectionString: database.url });
  await owner.connect();
});
afterEach(async () => {
  await owner.query(`DROP ROLE IF EXISTS ${OPERATOR}`);
  await owner.end();
  await database.drop();
});

async function connectAsOperator(roles: string): Promise<Client> {
  await owner.query(`CREATE ROLE ${OPERATOR} LOGIN PASSWORD 'only-for-tests' IN ROLE ${roles}`);
  const url = new URL(database.url);
  url.username = OPERATOR;
  url.password = 'only-for-tests';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return client;
}

test('an owner who may grant app_user, and so is a member of it, sees every row', async () => {
  await fillEveryTable(owner);
  const operator = await connectAsOperator('app_admin, app_user');
  try {
    expect(await findHiddenTables(operator)).toEqual([]);
    const count = `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM rooms) AS rooms,
      (SELECT count(*) FROM room_participants) AS people,
      (SELECT count(*) FROM room_messages) AS messages,
      (SELECT count(*) FROM room_messages WHERE recipient_id IS NOT NULL) AS private`;
    const seen = (await operator.query(count)).rows;
    expect(seen).toEqual((await owner.query(count)).rows);
    expect(seen).not.toEqual([expect.objectContaining({ private: '0' })]);
  } finally {
    await operator.end();
  }
});

test('a policy that keeps rows from operators is noticed', async () => {
  await owner.query('CREATE POLICY quiet ON rooms AS RESTRICTIVE USING (max_users < 5)');
  const operator = await connectAsOperator('app_admin');
  try {
    expect(await findHiddenTables(operator)).toEqual(['rooms']);
  } finally {
    await operator.end();
  }
});
