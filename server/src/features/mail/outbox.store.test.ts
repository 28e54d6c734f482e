import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { systemClock } from '../../kernel/clock.ts';
import { createLogger } from '../../kernel/logger.ts';
import { loadKeyRing } from '../../store/files/key-ring.ts';
import { createSecrets } from '../../store/files/secrets.ts';
import type { Mail, Mailer } from './mailer.ts';
import { createOutbox, type Outbox, type OutboxTimes } from './outbox.ts';
import { createSmtpMailer } from './smtp-mailer.ts';
import { startTestSmtp, type TestSmtp, type TestSmtpOptions } from './testing/test-smtp.ts';

const MAIL: Mail = {
  to: 'siti@example.org',
  subject: 'Halo, dunia',
  text: 'https://balai.example/x#token=s3cret',
  goodForMs: 3_600_000,
};
const PATIENT = { timeout: 10_000 };
const QUICK: OutboxTimes = { delaysMs: [20], lookIntervalMs: 20 };

let stores: TestStores;
let dataDir: string;
const closers: (() => unknown)[] = [];
let lines: string[];
beforeAll(async () => {
  stores = await createTestStores();
  dataDir = await mkdtemp(join(tmpdir(), 'balai-outbox-'));
});
afterAll(async () => {
  await stores.close();
  await rm(dataDir, { recursive: true });
});
beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
  await stores.owner.query('DELETE FROM mails');
});

const logged = () => lines.join('');
const countWaiting = async () => (await stores.owner.query('SELECT FROM mails')).length;

/** The outbox of one process. */
async function openOutbox(
  mailer: Mailer,
  times: OutboxTimes = QUICK,
  folder = dataDir,
): Promise<Outbox> {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const outbox = createOutbox(
    {
      database: stores.database,
      secrets: createSecrets(await loadKeyRing(folder)),
      mailer,
      clock: systemClock,
      logger: createLogger('trace', destination),
    },
    times,
  );
  closers.push(() => outbox.close());
  return outbox;
}

const mailerOf = ({ url }: Pick<TestSmtp, 'url'>) =>
  createSmtpMailer(url, 'Balai <balai@example.org>');

async function startSmtp(options?: TestSmtpOptions): Promise<TestSmtp> {
  const smtp = await startTestSmtp(options);
  closers.push(smtp.close);
  return smtp;
}

/** A mail server that is not there yet. */
async function reserveSmtp(): Promise<Pick<TestSmtp, 'url' | 'port'>> {
  const smtp = await startTestSmtp();
  await smtp.close();
  return smtp;
}

describe('a mail in the outbox', () => {
  test('is sent once, by one of several processes, and then forgotten', async () => {
    const smtp = await startSmtp();
    const outboxes = await Promise.all([1, 2, 3].map(() => openOutbox(mailerOf(smtp))));
    const subjects = Array.from({ length: 30 }, (_, index) => `number-${index}.`);
    await Promise.all(
      subjects.map((subject, index) => outboxes[index % 3]?.put({ ...MAIL, subject })),
    );
    await expect.poll(countWaiting, PATIENT).toBe(0);
    const sent = smtp.received.map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]?.trim());
    expect(sent.toSorted()).toEqual(subjects.toSorted());
  });

  test('outlives a mail server that is away and the process that was to send it', async () => {
    const away = await reserveSmtp();
    const first = await openOutbox(mailerOf(away));
    await first.put(MAIL);
    await expect.poll(logged, PATIENT).toContain('a mail was not taken; trying again');
    await first.close();
    expect(await countWaiting()).toBe(1);

    const smtp = await startSmtp({ port: away.port });
    await openOutbox(mailerOf(smtp));
    await expect.poll(() => smtp.received.length, PATIENT).toBe(1);
    expect(smtp.received[0]?.raw).toContain(MAIL.text);
    await expect.poll(countWaiting, PATIENT).toBe(0);
    expect(logged()).not.toMatch(/s3cret|siti/);
  });

  test('is taken over by another process where one dies while it sends', async () => {
    const hasBegun = Promise.withResolvers<void>();
    const isDead = Promise.withResolvers<void>();
    const dying: Mailer = {
      send() {
        hasBegun.resolve();
        return isDead.promise;
      },
      close: () => undefined,
    };
    const first = await openOutbox(dying, { leaseMs: 300 });
    await first.put(MAIL);
    await hasBegun.promise;
    const smtp = await startSmtp();
    await openOutbox(mailerOf(smtp));
    await expect.poll(() => smtp.received.length, PATIENT).toBe(1);
    isDead.resolve();
  });

  test('is encrypted in the database, and nobody reads it there by the role of the API', async () => {
    const outbox = await openOutbox(mailerOf(await reserveSmtp()), { delaysMs: [60_000] });
    await outbox.put(MAIL);
    const [row] = await stores.owner.query<{ text: string }>('SELECT m::text AS text FROM mails m');
    expect(row?.text).toContain('v1:');
    expect(row?.text).not.toMatch(/s3cret|siti|Halo/);
    const guest = crypto.randomUUID();
    await expect(
      stores.database.asUser(guest, (db) => db.query('SELECT content FROM mails')),
    ).rejects.toMatchObject({ code: '42501' });
  });

  test('waits longer after each attempt', async () => {
    let attempts = 0;
    const smtp = await startSmtp({
      refuse: () => {
        attempts += 1;
        return 451;
      },
    });
    const outbox = await openOutbox(mailerOf(smtp), {
      delaysMs: [20, 3_600_000],
      lookIntervalMs: 20,
    });
    await outbox.put({ ...MAIL, goodForMs: 48 * 3_600_000 });
    await expect
      .poll(async () => {
        const [row] = await stores.owner.query<{ is_far: boolean }>(
          `SELECT next_attempt_at > NOW() + INTERVAL '59 min' AS is_far FROM mails`,
        );
        return row?.is_far;
      }, PATIENT)
      .toBe(true);
    expect(attempts).toBe(2);
    expect(logged()).not.toMatch(/s3cret|siti/);
  });

  test('is given up when it is of no use any more, with a line in the log', async () => {
    const smtp = await startSmtp({ refuse: () => 451 });
    const outbox = await openOutbox(mailerOf(smtp));
    await outbox.put({ ...MAIL, goodForMs: 100 });
    await expect.poll(countWaiting, PATIENT).toBe(0);
    expect(logged()).toContain('a mail was not sent');
    expect(smtp.received).toEqual([]);
    expect(logged()).not.toMatch(/s3cret|siti/);
  });

  test('is given up at once where the server says that it never takes it', async () => {
    const smtp = await startSmtp({ refuse: () => 550 });
    const outbox = await openOutbox(mailerOf(smtp), { delaysMs: [3_600_000] });
    await outbox.put(MAIL);
    await expect.poll(countWaiting, PATIENT).toBe(0);
    expect(logged()).toContain('EMESSAGE 550');
    expect(logged()).not.toMatch(/s3cret|siti/);
  });

  test('whose key is lost is given up, and does not hold up the others', async () => {
    const away = await openOutbox(mailerOf(await reserveSmtp()), { delaysMs: [10] });
    await away.put(MAIL);
    await expect.poll(logged, PATIENT).toContain('trying again');
    await away.close();
    const smtp = await startSmtp();
    const otherDir = await mkdtemp(join(tmpdir(), 'balai-outbox-'));
    closers.push(() => rm(otherDir, { recursive: true }));
    const outbox = await openOutbox(mailerOf(smtp), QUICK, otherDir);
    await outbox.put({ ...MAIL, subject: 'Another' });
    await expect.poll(countWaiting, PATIENT).toBe(0);
    expect(smtp.received).toHaveLength(1);
    expect(logged()).toContain('its key is lost');
  });

  test('that cannot be composed leaves the others alone', async () => {
    const smtp = await startSmtp();
    const outbox = await openOutbox(mailerOf(smtp));
    outbox.putLater(() => Promise.reject(new Error('no database')));
    outbox.putLater(async () => undefined);
    outbox.putLater(async () => MAIL);
    await expect.poll(() => smtp.received.length, PATIENT).toBe(1);
    expect(logged()).toContain('a mail was not written');
  });

  test('that is being composed is kept before the outbox closes', async () => {
    const outbox = await openOutbox(mailerOf(await reserveSmtp()), { delaysMs: [3_600_000] });
    const isComposed = Promise.withResolvers<Mail>();
    outbox.putLater(() => isComposed.promise);
    const closing = outbox.close();
    isComposed.resolve({ ...MAIL, goodForMs: 48 * 3_600_000 });
    await closing;
    expect(await countWaiting()).toBe(1);
  });
});
