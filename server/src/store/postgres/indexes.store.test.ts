import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await createTestStores();
});
afterAll(() => stores.close());

test('every foreign key has an index that begins with its columns', async () => {
  const bare = await stores.owner.query(`
    SELECT c.conrelid::regclass::text AS "table", pg_get_constraintdef(c.oid) AS key
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
      AND NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = c.conrelid AND i.indpred IS NULL AND i.indisvalid
          AND i.indnkeyatts >= cardinality(c.conkey)
          AND (
            SELECT array_agg(k ORDER BY k)
            FROM unnest((i.indkey::int2[])[0:cardinality(c.conkey) - 1]) k
          ) = (SELECT array_agg(k ORDER BY k) FROM unnest(c.conkey) k)
      )
    ORDER BY 1, 2`);
  expect(bare).toEqual([]);
  const [keys] = await stores.owner.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace`,
  );
  expect(keys?.count).toBeGreaterThan(10);
});

interface Plan {
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number };
}

describe('an administrator who looks for people among thousands', () => {
  let adminId: string;
  beforeAll(async () => {
    await stores.owner.query(
      `INSERT INTO users (email, password, first_name, last_name)
       SELECT md5(n::text) || '@example.org', 'x', 'First' || md5(n::text), 'Last' || md5('l' || n)
       FROM generate_series(1, 20000) n`,
    );
    const [admin] = await stores.owner.query<{ id: string }>(
      `INSERT INTO users (email, password, first_name, last_name, is_admin)
       VALUES ('ada@example.org', 'x', 'Ada', 'Lovelace', TRUE) RETURNING id`,
    );
    adminId = admin?.id ?? '';
    await stores.owner.query('ANALYZE users');
  });

  test.each(['ada@example.org', 'ADA', 'ada lo', 'lovel', 'nobody at all'])(
    'by %j reads a few pages, not all of them',
    async (text) => {
      const blocks = await stores.database.asUser(adminId, async (db) => {
        // A connection reads the catalogue when it calls a function for the first time.
        await db.query('SELECT find_users($1)', [text]);
        const [row] = await db.query<{ readonly 'QUERY PLAN': readonly Plan[] }>(
          'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT find_users($1)',
          [text],
        );
        const plan = row?.['QUERY PLAN'][0]?.Plan;
        return (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
      });
      const [table] = await stores.owner.query<{ pages: number }>(
        `SELECT (pg_relation_size('users') / 8192)::int AS pages`,
      );
      expect(table?.pages).toBeGreaterThan(300);
      expect(blocks).toBeGreaterThan(0);
      expect(blocks).toBeLessThan(100);
    },
  );

  test('finds them; anybody else finds nobody', async () => {
    const find = async (userId: string, text: string) =>
      (
        await stores.database.asUser(userId, (db) =>
          db.query<{ id: string }>('SELECT find_users($1) AS id', [text]),
        )
      ).map(({ id }) => id);
    for (const text of [' ADA@example.org', 'ada', 'Ada Lovelace', 'love']) {
      expect(await find(adminId, text)).toEqual([adminId]);
    }
    expect(await find(adminId, '  ')).toEqual([]);
    const [other] = await stores.owner.query<{ id: string }>(
      `SELECT id FROM users WHERE NOT is_admin LIMIT 1`,
    );
    expect(await find(other?.id ?? '', 'ada')).toEqual([]);
  });
});
