import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import type { SystemFunction } from './database.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await createTestStores();
});
afterAll(() => stores.close());

async function addUser(name = 'Ann', options: { readonly isAdmin?: boolean } = {}) {
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, email, password, first_name, last_name, is_admin)
     VALUES ($1, $2, 'old hash', $3, 'Example', $4)`,
    [id, `${id}@example.org`, name, options.isAdmin ?? false],
  );
  return { id, email: `${id}@example.org` };
}

async function addSession(userId: string, options = `now() + interval '1 day', FALSE`) {
  await stores.owner.query(
    `INSERT INTO user_sessions (user_id, token, family, expires_at, is_revoked)
     VALUES ($1, $2, $2, ${options})`,
    [userId, randomUUID()],
  );
}

const revoked = async (userId: string) =>
  (
    await stores.owner.query<{ is_revoked: boolean }>(
      'SELECT is_revoked FROM user_sessions WHERE user_id = $1',
      [userId],
    )
  ).map(({ is_revoked }) => is_revoked);

/** The one result of a function of the current user. */
async function ask(userId: string, call: string, values: readonly unknown[] = []) {
  const [row] = await stores.database.asUser(userId, (db) =>
    db.query<{ answer: unknown }>(`SELECT ${call} AS answer`, values),
  );
  return row?.answer;
}

/** The one result of a function without a user. */
async function tell(name: SystemFunction, args: readonly unknown[] = []) {
  const [row] = await stores.database.call<Record<string, unknown>>(name, args);
  return row?.[name];
}

const refused = expect.objectContaining({ code: '42501' });
const soon = () => new Date(Date.now() + 60_000);
const past = () => new Date(Date.now() - 1);

describe('soft_delete_user', () => {
  test('marks the user and revokes that user’s sessions, nobody else’s', async () => {
    const [one, other] = [await addUser(), await addUser()];
    await addSession(one.id);
    await addSession(one.id);
    await addSession(other.id);
    expect(await ask(one.id, 'soft_delete_user($1)', [one.id])).toBe(true);
    expect(await revoked(one.id)).toEqual([true, true]);
    expect(await revoked(other.id)).toEqual([false]);
    expect(await stores.owner.query('SELECT status FROM users WHERE id = $1', [one.id])).toEqual([
      { status: 'deleted' },
    ]);
  });

  test('answers false for who is deleted or was never there', async () => {
    const { id } = await addUser();
    expect(await ask(id, 'soft_delete_user($1)', [id])).toBe(true);
    expect(await ask(id, 'soft_delete_user(user_id => $1)', [id])).toBe(false);
    const admin = await addUser('Root', { isAdmin: true });
    expect(await ask(admin.id, 'soft_delete_user($1)', [randomUUID()])).toBe(false);
  });

  test('is for the user, for administrators and for the owner', async () => {
    const [one, other] = [await addUser(), await addUser()];
    await expect(ask(other.id, 'soft_delete_user($1)', [one.id])).rejects.toEqual(refused);
    const admin = await addUser('Root', { isAdmin: true });
    expect(await ask(admin.id, 'soft_delete_user($1)', [one.id])).toBe(true);
    expect(await stores.owner.query('SELECT soft_delete_user($1) AS done', [other.id])).toEqual([
      { done: true },
    ]);
  });
});

describe('set_user_status', () => {
  test('lets administrators ban a user, which ends their sessions', async () => {
    const admin = await addUser('Root', { isAdmin: true });
    const { id, email } = await addUser();
    await addSession(id);
    await expect(ask(id, `set_user_status($1, 'banned')`, [id])).rejects.toEqual(refused);
    expect(await ask(admin.id, `set_user_status($1, 'banned')`, [id])).toBe(true);
    expect(await revoked(id)).toEqual([true]);
    expect(await stores.database.call('find_credentials', [email])).toEqual([]);
    expect(await ask(admin.id, `set_user_status($1, 'active')`, [id])).toBe(true);
    expect(await stores.database.call('find_credentials', [email])).toHaveLength(1);
    await expect(ask(admin.id, `set_user_status($1, 'deleted')`, [id])).rejects.toMatchObject({
      code: '23514',
    });
  });
});

describe('clean_expired_sessions', () => {
  test('deletes what is expired or revoked, and counts it', async () => {
    const { id } = await addUser();
    await stores.database.call('clean_expired_sessions');
    await addSession(id);
    await addSession(id, `now() - interval '1 s', FALSE`);
    await addSession(id, `now() + interval '1 day', TRUE`);
    expect(await tell('clean_expired_sessions')).toBe(2);
    expect(await revoked(id)).toEqual([false]);
  });
});

describe('tokens that are sent by mail', () => {
  test('verify an address once, and in time', async () => {
    const { id, email } = await addUser();
    const begin = (token: string, until: Date) =>
      ask(id, 'begin_email_verification($1, $2)', [token, until]);
    expect(await begin('late', past())).toBe(email);
    expect(await tell('verify_email', ['late'])).toBeNull();
    expect(await begin('verification', soon())).toBe(email);
    expect(await tell('verify_email', ['another'])).toBeNull();
    expect(await tell('verify_email', ['verification'])).toBe(id);
    expect(await tell('verify_email', ['verification'])).toBeNull();
    expect(await begin('again', soon())).toBeNull();
  });

  test('reset a password once, and end every session', async () => {
    const { id, email } = await addUser();
    await addSession(id);
    expect(
      await stores.database.call('begin_password_reset', ['no@body.org', 'x', soon()]),
    ).toEqual([]);
    const begin = (token: string, until: Date) =>
      stores.database.call('begin_password_reset', [email, token, until]);
    expect(await begin('late reset', past())).toEqual([{ id, first_name: 'Ann' }]);
    expect(await tell('reset_password', ['late reset', 'new hash'])).toBeNull();
    await begin('reset', soon());
    expect(await revoked(id)).toEqual([false]);
    expect(await tell('reset_password', ['reset', 'new hash'])).toBe(id);
    expect(await revoked(id)).toEqual([true]);
    expect(await ask(id, 'find_own_password()')).toBe('new hash');
    expect(await tell('reset_password', ['reset', 'newer hash'])).toBeNull();
  });

  test('are void once the address changes, and the new one is not verified', async () => {
    const { id } = await addUser();
    await ask(id, 'begin_email_verification($1, $2)', ['void', soon()]);
    expect(await ask(id, 'change_own_email($1)', [`new-${id}@example.org`])).toBe(true);
    expect(await tell('verify_email', ['void'])).toBeNull();
    const other = await addUser();
    await expect(ask(id, 'change_own_email($1)', [other.email])).rejects.toMatchObject({
      constraint: 'users_email_key',
    });
  });
});

describe('looking for people', () => {
  const search = (userId: string, text: string) =>
    stores.database.asUser(userId, (db) =>
      db.query<{ id: string }>('SELECT id FROM search_users($1, 10)', [text]),
    );

  test('finds anybody by their whole address, and only people one has met by name', async () => {
    const [me, stranger, met] = [await addUser('Me'), await addUser('Zoe'), await addUser('Zora')];
    const room = randomUUID();
    await stores.owner.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Hall', $2)`, [
      room,
      met.id,
    ]);
    await stores.owner.query('INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2)', [
      room,
      me.id,
    ]);
    expect(await search(me.id, ` ${stranger.email.toUpperCase()} `)).toEqual([{ id: stranger.id }]);
    expect(await search(me.id, stranger.email.slice(0, -1))).toEqual([]);
    expect(await search(me.id, 'zo')).toEqual([{ id: met.id }]);
    expect(await search(me.id, 'ZORA Ex')).toEqual([{ id: met.id }]);
    expect(await search(me.id, 'exam')).toEqual([{ id: met.id }]);
    expect(await search(me.id, '%')).toEqual([]);
    expect(await search(me.id, '')).toEqual([]);
    expect(await search(me.id, me.email)).toEqual([]);
  });

  test('adds a contact by address, or makes one known by address', async () => {
    const [me, other] = [await addUser(), await addUser()];
    await stores.database.asUser(me.id, (db) =>
      db.query('INSERT INTO user_contacts (user_id, contact_id) VALUES ($1, $2)', [
        me.id,
        other.id,
      ]),
    );
    expect(await ask(me.id, 'add_contact_by_email($1)', [other.email])).toBe(other.id);
    expect(await ask(me.id, 'add_contact_by_email($1)', ['no@body.org'])).toBeNull();
    expect(await ask(me.id, 'add_contact_by_email($1)', [me.email])).toBeNull();
    expect(
      await stores.owner.query(
        'SELECT contact_id, by_email FROM user_contacts WHERE user_id = $1',
        [me.id],
      ),
    ).toEqual([{ contact_id: other.id, by_email: true }]);
  });
});

describe('create_due_reminders', () => {
  test('reminds each of those concerned once, and again when the meeting is moved', async () => {
    const [host, member, invited, gone, late] = [
      await addUser(),
      await addUser(),
      await addUser(),
      await addUser(),
      await addUser(),
    ];
    const room = randomUUID();
    await stores.owner.query(
      `INSERT INTO rooms (id, name, host_id, scheduled_at)
       VALUES ($1, 'Hall', $2, now() + interval '5 min')`,
      [room, host.id],
    );
    await stores.owner.query(
      'INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2), ($1, $3)',
      [room, member.id, gone.id],
    );
    await stores.owner.query(`UPDATE users SET status = 'deleted' WHERE id = $1`, [gone.id]);
    const invite = (userId: string) =>
      stores.owner.query(
        `INSERT INTO notifications (user_id, type, title, message, room_id)
         VALUES ($1, 'room_invitation', 'a', 'b', $2)`,
        [userId, room],
      );
    await invite(invited.id);
    const remind = async (lead: string) =>
      (await stores.database.call<{ user_id: string }>('create_due_reminders', [lead]))
        .map(({ user_id }) => user_id)
        .sort();
    expect(await remind('4 min')).toEqual([]);
    expect(await remind('10 min')).toEqual([host.id, member.id, invited.id].sort());
    expect(await remind('10 min')).toEqual([]);
    await invite(late.id);
    expect(await remind('10 min')).toEqual([late.id]);
    await stores.owner.query(
      `UPDATE rooms SET scheduled_at = scheduled_at + interval '1 min' WHERE id = $1`,
      [room],
    );
    expect(await remind('10 min')).toHaveLength(4);
    await stores.owner.query(
      `UPDATE rooms SET status = 'cancelled', scheduled_at = now() + interval '2 min' WHERE id = $1`,
      [room],
    );
    expect(await remind('10 min')).toEqual([]);
  });
});

interface OpenStay {
  readonly id: string;
  readonly room_id: string;
  readonly user_id: string;
}

describe('stays that nobody closed', () => {
  test('are found page by page, and closed with the row of their participant', async () => {
    const host = await addUser();
    const room = randomUUID();
    await stores.owner.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Hall', $2)`, [
      room,
      host.id,
    ]);
    const joinedAt = new Date(Date.now() - 60_000);
    const people = [await addUser(), await addUser(), await addUser()];
    for (const { id } of people) {
      await ask(id, `record_arrival($1, 'participant', $2)`, [room, joinedAt]);
    }
    const nil = '00000000-0000-0000-0000-000000000000';
    const start: OpenStay = { id: nil, room_id: nil, user_id: nil };
    const find = (before: Date, after: OpenStay = start) =>
      stores.database.call<OpenStay>('find_open_stays', [
        before,
        after.room_id,
        after.user_id,
        after.id,
        2,
      ]);
    const first = await find(new Date());
    const second = await find(new Date(), first[1]);
    expect([...first, ...second].map(({ user_id }) => user_id).sort()).toEqual(
      people.map(({ id }) => id).sort(),
    );
    expect(await find(joinedAt)).toEqual([]);
    const leftAt = new Date(joinedAt.getTime() + 30_000);
    const ids = first.map(({ id }) => id);
    expect(await tell('close_stays', [ids, leftAt])).toBe(2);
    expect(await tell('close_stays', [ids, leftAt])).toBe(0);
    expect(
      await stores.owner.query(
        'SELECT left_at FROM room_participants WHERE room_id = $1 ORDER BY left_at',
        [room],
      ),
    ).toEqual([{ left_at: leftAt }, { left_at: leftAt }, { left_at: null }]);
  });
});

describe('clean_idempotency_keys', () => {
  test('forgets what is older than the given time', async () => {
    const { id } = await addUser();
    await stores.owner.query(
      `INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, created_at)
       VALUES ($1, 'old', 'h', now() - interval '2 days'), ($1, 'new', 'h', now())`,
      [id],
    );
    expect(await tell('clean_idempotency_keys', ['1 day'])).toBe(1);
  });
});
