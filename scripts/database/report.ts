/** What the database does and how big it is: figures that PostgreSQL 15 to 18 keep. */
import { Client, DatabaseError } from 'pg';

/** A row of a report; the columns are named as PostgreSQL names them. */
export type ReportRow = Record<string, string | number | boolean | null>;

/** One question with its answer. */
export type ReportSection = {
  title: string;
  rows: ReportRow[];
  /** What to make of it, or why there are no rows. */
  note: string;
};

/** Everything that `npm run db-report` tells. */
export type DatabaseReport = {
  database: string;
  server: string;
  /** Since when activity is counted, ISO 8601; null since the cluster was made. */
  countedSince: string | null;
  sections: {
    expensiveQueries: ReportSection;
    tableSizes: ReportSection;
    indexUsage: ReportSection;
    activeConnections: ReportSection;
    unusedIndexes: ReportSection;
    missingIndexes: ReportSection;
    unindexedForeignKeys: ReportSection;
  };
};

const TURN_ON =
  "a superuser turns it on: ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements', restart " +
  'PostgreSQL, then in this database: CREATE SCHEMA monitoring; CREATE EXTENSION pg_stat_statements SCHEMA monitoring; ' +
  'GRANT USAGE ON SCHEMA monitoring TO the owner; GRANT pg_read_all_stats TO the owner';

/** Rows below which a scan of the whole table is the quickest way. */
const BIG_TABLE_ROWS = 10_000;
const MAX_ROWS = 10;

/** @param url Of the owner; as a member of pg_read_all_stats they see what others run, too. */
export async function readReport(client: Client, url: string): Promise<DatabaseReport> {
  const [about] = await rowsOf(
    client,
    `SELECT current_database() AS database, current_setting('server_version') AS server,
       to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  return {
    database: String(about?.['database']),
    server: String(about?.['server']),
    countedSince: (about?.['since'] as string | null | undefined) ?? null,
    sections: {
      expensiveQueries: await readExpensiveQueries(client, url),
      tableSizes: {
        title: 'Table sizes',
        note: 'With indexes and TOAST.',
        rows: await rowsOf(client, TABLE_SIZES),
      },
      indexUsage: {
        title: 'Index usage',
        note: 'How often each index was used for a scan.',
        rows: await rowsOf(client, INDEX_USAGE),
      },
      activeConnections: {
        title: 'Active connections',
        note: 'Without those that wait for their client, and this one.',
        rows: await rowsOf(client, ACTIVE_CONNECTIONS),
      },
      unusedIndexes: {
        title: 'Unused indexes',
        note: 'Never scanned, and not needed for a constraint. Look at every replica, and at a whole month, before you drop one.',
        rows: await rowsOf(client, UNUSED_INDEXES),
      },
      missingIndexes: {
        title: 'Tables that may lack an index',
        note: `Of at least ${BIG_TABLE_ROWS} rows, read as a whole more often than through an index, or for most of what was read.`,
        rows: await rowsOf(client, MISSING_INDEXES, [BIG_TABLE_ROWS]),
      },
      unindexedForeignKeys: {
        title: 'Foreign keys without an index',
        note: 'Deleting a row that is referred to reads the whole referring table.',
        rows: await rowsOf(client, UNINDEXED_FOREIGN_KEYS),
      },
    },
  };
}

const TABLE_SIZES = `
  SELECT schemaname, relname AS tablename, n_live_tup::float8 AS rows,
    pg_size_pretty(pg_total_relation_size(relid)) AS size,
    pg_total_relation_size(relid)::float8 AS bytes
  FROM pg_stat_user_tables WHERE schemaname = 'public'
  ORDER BY pg_total_relation_size(relid) DESC, relname`;

const INDEX_USAGE = `
  SELECT schemaname, relname AS tablename, indexrelname AS indexname, idx_scan::float8,
    idx_tup_read::float8, idx_tup_fetch::float8
  FROM pg_stat_user_indexes ORDER BY idx_scan DESC, indexrelname`;

const ACTIVE_CONNECTIONS = `
  SELECT datname, usename, application_name, host(client_addr) AS client_addr, state,
    state_change::text, query
  FROM pg_stat_activity
  WHERE state <> 'idle' AND pid <> pg_backend_pid()
  ORDER BY state_change`;

const UNUSED_INDEXES = `
  SELECT s.schemaname, s.relname AS tablename, s.indexrelname AS indexname,
    pg_size_pretty(pg_relation_size(s.indexrelid)) AS size,
    pg_relation_size(s.indexrelid)::float8 AS bytes
  FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
  WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = s.indexrelid)
  ORDER BY pg_relation_size(s.indexrelid) DESC, s.indexrelname`;

const MISSING_INDEXES = `
  SELECT schemaname, relname AS tablename, n_live_tup::float8 AS rows, seq_scan::float8,
    round(seq_tup_read / greatest(seq_scan, 1))::float8 AS rows_per_seq_scan,
    coalesce(idx_scan, 0)::float8 AS idx_scan
  FROM pg_stat_user_tables
  WHERE n_live_tup >= $1 AND seq_scan > 0 AND seq_tup_read / seq_scan >= $1 / 2
    AND (seq_scan > coalesce(idx_scan, 0) OR seq_tup_read > coalesce(idx_tup_fetch, 0))
  ORDER BY seq_tup_read DESC`;

const UNINDEXED_FOREIGN_KEYS = `
  SELECT n.nspname AS schemaname, t.relname AS tablename, c.conname AS constraint,
    pg_get_constraintdef(c.oid) AS definition
  FROM pg_constraint c
  JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE c.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_index i
    WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL
      AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
  ORDER BY 1, 2, 3`;

async function rowsOf(client: Client, sql: string, values: unknown[] = []): Promise<ReportRow[]> {
  return (await client.query<ReportRow>(sql, values)).rows;
}

/**
 * The extension counts for the whole cluster, and may be in this database or in the
 * maintenance database; there it is not part of the application's schema.
 */
async function readExpensiveQueries(client: Client, url: string): Promise<ReportSection> {
  const title = 'Most expensive queries';
  const maintenanceUrl = new URL(url);
  maintenanceUrl.pathname = '/postgres';
  const found =
    (await findStatements(client, client)) ??
    (await onDatabase(maintenanceUrl.href, (other) => findStatements(other, client)));
  if (found === undefined)
    return { title, rows: [], note: `pg_stat_statements is not there; ${TURN_ON}` };
  if (found === 'not loaded') {
    return { title, rows: [], note: `pg_stat_statements is made, but not loaded; ${TURN_ON}` };
  }
  return { title, rows: found, note: 'Times in milliseconds, since pg_stat_statements was reset.' };
}

async function findStatements(
  where: Client,
  database: Client,
): Promise<ReportRow[] | 'not loaded' | undefined> {
  const [extension] = await rowsOf(
    where,
    `SELECT format('%I.pg_stat_statements', n.nspname) AS name FROM pg_extension e
     JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`,
  );
  if (extension === undefined) return undefined;
  try {
    return await rowsOf(
      where,
      `SELECT s.query, s.calls::float8, round(s.total_exec_time::numeric, 1)::float8 AS total_time,
         round(s.mean_exec_time::numeric, 3)::float8 AS mean_time, s.rows::float8
       FROM ${extension['name']} s JOIN pg_database d ON d.oid = s.dbid
       WHERE d.datname = $1 ORDER BY s.total_exec_time DESC LIMIT ${MAX_ROWS}`,
      [database.database],
    );
  } catch (error) {
    // object_not_in_prerequisite_state: "must be loaded via shared_preload_libraries"
    if (error instanceof DatabaseError && error.code === '55000') return 'not loaded';
    throw error;
  }
}

/** Undefined where this role may not connect. */
async function onDatabase<T>(
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return undefined;
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
