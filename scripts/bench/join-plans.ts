/** The plans of a join's statements, those inside functions and policies included. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { Database } from '../../server/src/store/postgres/database.ts';
import type { Queryable } from '../../server/src/store/postgres/postgres.ts';
import { JOIN_STEPS, type Join } from './join-statements.ts';

/** The plans of one step, as PostgreSQL's auto_explain tells them. */
export type StepPlans = { step: string; plans: string[] };

/**
 * Runs each step once as the API's role, with auto_explain, which only a
 * superuser may load; so the session begins as one and then becomes that role.
 */
export async function explainJoin(
  superuserUrl: string,
  apiRole: string,
  join: Join,
): Promise<StepPlans[]> {
  const client = new Client({ connectionString: superuserUrl });
  let plans: string[] = [];
  let isListening = false;
  client.on('notice', ({ message }) => {
    const plan = message?.replace(/^duration: [\d.]+ ms {2}plan:\n/, '');
    const isOurs = isListening && plan && !plan.startsWith('Query Text: SELECT set_config');
    if (isOurs && plan !== message) plans.push(plan);
  });
  await client.connect();
  try {
    await client.query(`
      LOAD 'auto_explain';
      SET auto_explain.log_min_duration = 0;
      SET auto_explain.log_nested_statements = on;
      SET auto_explain.log_analyze = on;
      SET auto_explain.log_timing = off;
      SET auto_explain.log_buffers = on;
      SET client_min_messages = log`);
    await client.query(`SET SESSION AUTHORIZATION ${client.escapeIdentifier(apiRole)}`);
    const result: StepPlans[] = [];
    const database = onOneConnection(client, (isOn) => {
      isListening = isOn;
    });
    for (const { name, run } of JOIN_STEPS) {
      // Functions of plpgsql plan anew for the first five calls; what comes then, stays.
      for (let round = 0; round < 8; round += 1) {
        plans = [];
        await run(database, { ...join, joinedAt: new Date(Date.now() + round) });
      }
      result.push({ step: name, plans: [...new Set(plans.map(shorten))] });
    }
    return result;
  } finally {
    await client.end();
  }
}

/** A Database on this one connection, whose statements are explained. */
function onOneConnection(client: Client, listen: (isOn: boolean) => void): Database {
  const db: Queryable = {
    async query<Row extends object>(sql: string, values: readonly unknown[] = []) {
      return (await client.query<Row>(sql, [...values])).rows;
    },
  };
  const transaction = async <T>(userId: string, work: () => Promise<T>): Promise<T> => {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('app.user_id', $1, TRUE)`, [userId]);
    listen(true);
    const result = await work();
    // The plan of a statement comes when the next one begins.
    await client.query('COMMIT');
    listen(false);
    return result;
  };
  return {
    asUser: (userId, work) => transaction(userId, () => work(db)),
    call: (name, args = []) =>
      transaction('', () =>
        db.query(
          `SELECT * FROM ${name}(${args.map((_value, at) => `$${at + 1}`).join(', ')})`,
          args,
        ),
      ),
    ping: async () => undefined,
    close: async () => undefined,
  };
}

/** Ids and moments say nothing, and would make the same plan look like many. */
function shorten(plan: string): string {
  return plan
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')
    .replaceAll(/'\d{4}-\d\d-\d\d [^']*'/g, "'…'")
    .trim();
}

/** A person who joins for the plans. */
export function aJoin(roomId: string, userId: string): Join {
  return { roomId, userId: userId || randomUUID(), joinedAt: new Date() };
}
