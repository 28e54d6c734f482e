import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import type { SystemFunction } from './database.ts';

let stores: TestStores;
let ownerId: string;
let projectId: string;
let serviceUserId: string;
beforeAll(async () => {
  stores = await createTestStores();
  ownerId = await addAccount();
  projectId = await addProject(ownerId);
  const [row] = await stores.owner.query<{ id: string }>(
    'SELECT service_user_id AS id FROM projects WHERE id = $1',
    [projectId],
  );
  serviceUserId = row?.id ?? '';
});
afterAll(() => stores.close());

async function addAccount(): Promise<string> {
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, email, password, first_name, last_name)
     VALUES ($1, $2, 'hash', 'Ann', 'Lee')`,
    [id, `${id}@example.org`],
  );
  return id;
}

async function addProject(userId: string, issuer: string | null = null): Promise<string> {
  const id = randomUUID();
  const jwksUrl = issuer === null ? null : `${issuer}/jwks`;
  await stores.database.asUser(userId, (db) =>
    db.query('SELECT create_project($1, $2, $3, $4)', [id, 'Lontar', jwksUrl, issuer]),
  );
  return id;
}

async function addRoom(hostId: string, name: string, parentId: string | null = null) {
  const id = randomUUID();
  await stores.database.asUser(hostId, (db) =>
    db.query('INSERT INTO rooms (id, name, host_id, parent_id) VALUES ($1, $2, $3, $4)', [
      id,
      name,
      hostId,
      parentId,
    ]),
  );
  return id;
}

/** The one result of a function without a user. */
async function tell(name: SystemFunction, args: readonly unknown[]) {
  const [row] = await stores.database.call<Record<string, unknown>>(name, args);
  return row?.[name];
}

describe('create_project', () => {
  test('is for active accounts', async () => {
    const banned = await addAccount();
    await stores.owner.query(`UPDATE users SET status = 'banned' WHERE id = $1`, [banned]);
    const external = randomUUID();
    await tell('ensure_external_user', [projectId, external, 'someone', 'Someone']);
    for (const userId of [banned, external, serviceUserId, randomUUID()]) {
      await expect(addProject(userId)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('makes the service user that goes with the project', async () => {
    expect(
      await stores.owner.query(
        'SELECT kind, project_id, first_name, email, password FROM users WHERE id = $1',
        [serviceUserId],
      ),
    ).toEqual([
      { kind: 'service', project_id: projectId, first_name: 'Lontar', email: null, password: null },
    ]);
  });
});

describe('find_project_by_issuer', () => {
  test('finds the project, as long as its owner is active', async () => {
    const owner = await addAccount();
    const issuer = 'https://tebu.example';
    const id = await addProject(owner, issuer);
    const find = () => stores.database.call('find_project_by_issuer', [issuer]);
    expect(await find()).toEqual([
      { project_id: id, service_user_id: expect.any(String), jwks_url: `${issuer}/jwks` },
    ]);
    await stores.owner.query(`UPDATE users SET status = 'inactive' WHERE id = $1`, [owner]);
    expect(await find()).toEqual([]);
    expect(await stores.database.call('find_project_by_issuer', ['https://no.example'])).toEqual(
      [],
    );
  });
});

describe('ensure_external_user', () => {
  test('writes somebody down once, keeps their name true, and tells their status', async () => {
    const id = randomUUID();
    const ensure = (name: string) => tell('ensure_external_user', [projectId, id, 'alice', name]);
    const read = () =>
      stores.owner.query(
        'SELECT kind, project_id, external_id, first_name FROM users WHERE id = $1',
        [id],
      );
    const row = { kind: 'external', project_id: projectId, external_id: 'alice' };
    expect(await ensure('Alice')).toBe('active');
    expect(await read()).toEqual([{ ...row, first_name: 'Alice' }]);
    expect(await ensure('Alice Liddell')).toBe('active');
    expect(await read()).toEqual([{ ...row, first_name: 'Alice Liddell' }]);
    expect(await ensure('A'.repeat(300))).toBe('active');
    expect(await read()).toEqual([{ ...row, first_name: 'A'.repeat(100) }]);
    await stores.owner.query(`UPDATE users SET status = 'banned' WHERE id = $1`, [id]);
    expect(await ensure('Alice')).toBe('banned');
  });

  test('writes nothing where nothing changed', async () => {
    const id = randomUUID();
    const ensure = () => tell('ensure_external_user', [projectId, id, 'bob', 'Bob']);
    const version = () => stores.owner.query('SELECT xmin FROM users WHERE id = $1', [id]);
    await ensure();
    const before = await version();
    await ensure();
    expect(await version()).toEqual(before);
  });

  test('serves several at once', async () => {
    const id = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        tell('ensure_external_user', [projectId, id, 'carol', 'Carol']),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['active']));
  });

  test('takes nobody for a guest of the project, who is known by their id', async () => {
    const [guest, stranger] = [randomUUID(), randomUUID()];
    await stores.owner.query(
      `INSERT INTO users (id, kind, project_id, first_name, last_name)
       VALUES ($1, 'guest', $2, 'Gus', ''), ($3, 'guest', NULL, 'Gil', '')`,
      [guest, projectId, stranger],
    );
    const ensure = (identity: string) =>
      tell('ensure_external_user', [projectId, randomUUID(), identity, 'Eve']);
    expect(await ensure(guest)).toBe('guest');
    expect(await ensure(guest.toUpperCase())).toBe('guest');
    expect(await ensure(stranger)).toBe('active');
    expect(await ensure(`${guest}-2`)).toBe('active');
  });

  test('never changes somebody of another project', async () => {
    const [id, other] = [randomUUID(), await addProject(ownerId)];
    await tell('ensure_external_user', [projectId, id, 'dave', 'Dave']);
    await expect(tell('ensure_external_user', [other, id, 'dave', 'Eve'])).rejects.toMatchObject({
      code: '23505',
    });
  });
});

describe('rooms of a project', () => {
  test('are found by their name while they are open', async () => {
    const find = (name: string, project = projectId) => tell('find_project_room', [project, name]);
    const room = await addRoom(serviceUserId, 'Hall');
    expect(await find('Hall')).toBe(room);
    expect(await find('hall')).toBeNull();
    expect(await find('Hall', await addProject(ownerId))).toBeNull();
    await expect(addRoom(serviceUserId, 'Hall')).rejects.toMatchObject({
      code: '23505',
      constraint: 'idx_rooms_project_id_name',
    });
    await stores.owner.query(`UPDATE rooms SET status = 'ended' WHERE id = $1`, [room]);
    expect(await find('Hall')).toBeNull();
    expect(await find('Hall')).not.toBe(await addRoom(serviceUserId, 'Hall'));
  });

  test('have breakout rooms, which may be called alike and are not found by name', async () => {
    const [one, two] = [await addRoom(serviceUserId, 'One'), await addRoom(serviceUserId, 'Two')];
    const group = await addRoom(serviceUserId, 'Group', one);
    await addRoom(serviceUserId, 'Group', two);
    expect(await tell('find_project_room', [projectId, 'Group'])).toBeNull();
    const own = await addRoom(ownerId, 'Own');
    for (const parent of [group, own]) {
      await expect(addRoom(serviceUserId, 'Group', parent)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  test('welcome guests only where that is said', async () => {
    const welcomes = async (roomId: string) =>
      (await stores.database.call<{ guests_allowed: boolean }>('find_room', [roomId])).map(
        ({ guests_allowed }) => guests_allowed,
      );
    const room = await addRoom(serviceUserId, 'Quiet');
    expect(await welcomes(room)).toEqual([false]);
    await stores.owner.query(
      `INSERT INTO room_settings (room_id, setting_key, setting_value)
       VALUES ($1, 'guests_allowed', 'true')`,
      [room],
    );
    expect(await welcomes(room)).toEqual([true]);
    expect(await welcomes(await addRoom(ownerId, 'Open'))).toEqual([true]);
  });

  test('have guests of the project', async () => {
    const come = async (roomId: string) => {
      const guest = randomUUID();
      await stores.database.asUser(guest, async (db) => {
        await db.query(`SELECT create_guest($1, 'Guest')`, [roomId]);
        await db.query(`SELECT record_arrival($1, 'participant', now())`, [roomId]);
      });
      return await stores.owner.query('SELECT kind, project_id FROM users WHERE id = $1', [guest]);
    };
    expect(await come(await addRoom(serviceUserId, 'Foyer'))).toEqual([
      { kind: 'guest', project_id: projectId },
    ]);
    expect(await come(await addRoom(ownerId, 'Own foyer'))).toEqual([
      { kind: 'guest', project_id: null },
    ]);
  });
});

describe('users', () => {
  test('are of a project as their kind allows', async () => {
    const insert = (kind: string, project: string | null, externalId: string | null) =>
      stores.owner.query(
        `INSERT INTO users (kind, project_id, external_id, first_name, last_name, email, password)
         VALUES ($1::varchar, $2, $3, 'a', '', CASE WHEN $1 = 'registered' THEN 'r@example.org' END, 'x')`,
        [kind, project, externalId],
      );
    await expect(insert('registered', projectId, null)).rejects.toThrow(/users_project_check/);
    await expect(insert('service', null, null)).rejects.toThrow(/users_project_check/);
    await expect(insert('guest', projectId, 'x')).rejects.toThrow(/users_external_id_check/);
    await expect(insert('external', null, 'x')).rejects.toThrow(/users_external_id_check/);
    await insert('guest', projectId, null);
  });
});
