import type { Contact, ErrorAnswer, Page, Room } from '@balai/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { silentLogger } from '../../../test/test-stores.ts';
import { createIdempotency, type OnceAnswer } from './idempotency.ts';

let api: TestApi;
let token: string;
let userId: string;
beforeAll(async () => {
  api = await startTestApi();
  const session = await api.signUp();
  token = session.accessToken;
  userId = session.user.id;
});
afterAll(() => api.close());

function create(key: string, body: object = { name: 'Once' }, by = token) {
  return api.request<Room & ErrorAnswer>('/v1/rooms', {
    token: by,
    body,
    headers: { 'idempotency-key': key },
  });
}

async function countRooms(): Promise<number> {
  const { body } = await api.request<Page<Room>>('/v1/rooms?limit=100', { token });
  return body.items.length;
}

type Late = Pick<PromiseWithResolvers<OnceAnswer>, 'resolve' | 'reject'>;

const unfinished: { readonly late: Late; readonly first: Promise<unknown> }[] = [];
afterEach(async () => {
  // What is renewed for ever would outlast the stores.
  for (const { late, first } of unfinished.splice(0)) {
    late.resolve({ status: 204, body: undefined });
    await Promise.allSettled([first]);
  }
});

/** A request whose work has begun, and does not end before `late` does. */
async function leaveUnfinished(key: string, abandonedAfterMs?: number) {
  const idempotency = createIdempotency(api.stores.database, silentLogger, abandonedAfterMs);
  const request = { userId, key, content: 'x' };
  const late = Promise.withResolvers<OnceAnswer>();
  const hasBegun = Promise.withResolvers<void>();
  const first = idempotency.runOnce(request, () => {
    hasBegun.resolve();
    return late.promise;
  });
  unfinished.push({ late, first });
  await hasBegun.promise;
  return { idempotency, request, late, first, startedAt: performance.now() };
}

async function forgetAMinute(): Promise<void> {
  await api.stores.owner.query(
    `UPDATE idempotency_keys SET created_at = NOW() - INTERVAL '61 s' WHERE status IS NULL`,
  );
}

describe('a request with an idempotency key', () => {
  test('has one effect, and every repetition gets the first answer', async () => {
    const before = await countRooms();
    const first = await create('a-key');
    const second = await create('a-key');
    expect(first).toMatchObject({ status: 201 });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await countRooms()).toBe(before + 1);
  });

  test('has one effect where many come at once', async () => {
    const before = await countRooms();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create('at-once')));
    expect(await countRooms()).toBe(before + 1);
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    for (const { status, body } of answers) {
      expect(status === 201 || body.error.code === 'request_in_progress').toBe(true);
    }
    expect((await create('at-once')).status).toBe(201);
  });

  test('is refused where the key came with another body, or for another route', async () => {
    await create('other-body');
    const answer = await create('other-body', { name: 'Twice' });
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'idempotency_key_reused', retryable: false } },
    });
    const { user } = await api.signUp();
    const contact = await api.request<Contact & ErrorAnswer>('/v1/contacts', {
      token,
      body: { email: user.email },
      headers: { 'idempotency-key': 'other-body' },
    });
    expect(contact.body.error.code).toBe('idempotency_key_reused');
  });

  test('has nothing to do with the same key of somebody else', async () => {
    const other = await api.signUp();
    const [mine, theirs] = [
      await create('shared'),
      await create('shared', { name: 'Other' }, other.accessToken),
    ];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(mine.body.id).not.toBe(theirs.body.id);
  });

  test('may be repeated after a failure', async () => {
    const idempotency = createIdempotency(api.stores.database, silentLogger);
    const request = { userId, key: 'fails-first', content: 'x' };
    await expect(
      idempotency.runOnce(request, () => Promise.reject(new Error('away'))),
    ).rejects.toThrow('away');
    const work = async () => ({ status: 201, body: { done: true } });
    expect(await idempotency.runOnce(request, work)).toEqual({
      answer: { status: 201, body: { done: true } },
      isReplay: false,
    });
  });

  test('is taken over from a process that died with it, after a minute', async () => {
    const { idempotency, request } = await leaveUnfinished('abandoned');
    const work = async () => ({ status: 204, body: undefined });
    await expect(idempotency.runOnce(request, work)).rejects.toMatchObject({
      code: 'request_in_progress',
    });
    await forgetAMinute();
    expect(await idempotency.runOnce(request, work)).toEqual({
      answer: { status: 204, body: undefined },
      isReplay: false,
    });
  });

  test('is taken over by one, where many come at once', async () => {
    const { idempotency, request } = await leaveUnfinished('abandoned to many');
    await forgetAMinute();
    let runs = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        idempotency.runOnce(request, async () => {
          runs += 1;
          return { status: 204, body: undefined };
        }),
      ),
    );
    expect(runs).toBe(1);
    for (const result of results) {
      expect(result.status === 'fulfilled' || result.reason.code === 'request_in_progress').toBe(
        true,
      );
    }
  });

  test.each([
    ['fails', (late: Late) => late.reject(new Error('too late'))],
    ['answers', (late: Late) => late.resolve({ status: 201, body: 'too late' })],
  ])('is not lost to its first process, which %s late', async (how, end) => {
    const { idempotency, request, late, first } = await leaveUnfinished(`late, ${how}`);
    await forgetAMinute();
    const takeover = Promise.withResolvers<OnceAnswer>();
    const hasBegun = Promise.withResolvers<void>();
    const second = idempotency.runOnce(request, () => {
      hasBegun.resolve();
      return takeover.promise;
    });
    await hasBegun.promise;
    end(late);
    await Promise.allSettled([first]);
    const work = async () => ({ status: 200, body: 'a third time' });
    await expect(idempotency.runOnce(request, work)).rejects.toMatchObject({
      code: 'request_in_progress',
    });
    takeover.resolve({ status: 201, body: 'in time' });
    await second;
    expect((await idempotency.runOnce(request, work)).answer.body).toBe('in time');
  });

  test('is not taken over while its process works, however long', async () => {
    // A process that works says so three times in this while, on a busy machine too.
    const abandonedAfterMs = 1_000;
    const { idempotency, request, startedAt } = await leaveUnfinished('long', abandonedAfterMs);
    const work = async () => ({ status: 204, body: undefined });
    await expect.poll(() => performance.now() - startedAt).toBeGreaterThan(3 * abandonedAfterMs);
    await expect(idempotency.runOnce(request, work)).rejects.toMatchObject({
      code: 'request_in_progress',
    });
  });

  test('stores neither the key nor the body', async () => {
    await create('a-secret-key', { name: 'Locked', password: 'sesame-sesame' });
    const [dump] = await api.stores.owner.query<{ text: string }>(
      `SELECT string_agg(k::text, ' ') AS text FROM idempotency_keys k`,
    );
    expect(dump?.text).toContain('Locked');
    expect(dump?.text).not.toContain('a-secret-key');
    expect(dump?.text).not.toContain('sesame-sesame');
  });

  test.each(['', 'a b', 'x'.repeat(256)])('is refused where the key is %j', async (key) => {
    const answer = await create(key);
    expect(answer.status).toBe(400);
  });
});
