import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../kernel/logger.ts';
import { createLogMailer, createNoMailer } from './log-mailer.ts';
import { createMailQueue } from './mail-queue.ts';
import type { Mail, Mailer } from './mailer.ts';
import { createSmtpMailer } from './smtp-mailer.ts';

const MAIL: Mail = {
  to: 'siti@example.org',
  subject: 'Halo, dunia',
  text: 'https://balai.example/x#token=s3cret',
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) {
    await close();
  }
});

function captureLog() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: createLogger('trace', destination), logged: () => lines.join('') };
}

/** A real SMTP server on the loopback. */
async function startSmtp(refusals = 0) {
  const received: { readonly to: string[]; readonly raw: string }[] = [];
  let refused = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      void text(stream).then((raw) => {
        if (refused < refusals) {
          refused += 1;
          done(Object.assign(new Error('try again: token=s3cret'), { responseCode: 451 }));
          return;
        }
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const mailer = createSmtpMailer(`smtp://127.0.0.1:${port}`, 'Balai <balai@example.org>');
  closers.unshift(() => mailer.close());
  return { mailer, received };
}

describe('mails by SMTP', () => {
  test('arrive as they were written, from the configured address', async () => {
    const { mailer, received } = await startSmtp();
    await mailer.send(MAIL);
    expect(received).toHaveLength(1);
    expect(received[0]?.to).toEqual(['siti@example.org']);
    expect(received[0]?.raw).toContain('From: Balai <balai@example.org>');
    expect(received[0]?.raw).toContain('Subject: Halo, dunia');
    expect(received[0]?.raw).toContain(MAIL.text);
  });

  test('go to one address, however it is written', async () => {
    const { mailer, received } = await startSmtp();
    await mailer.send({ ...MAIL, to: '"a,b@evil.example"@example.org' }).catch(() => undefined);
    expect(received.flatMap(({ to }) => to)).not.toContain('b@evil.example');
  });

  test('are tried again where the server does not take them, and no log quotes them', async () => {
    const { mailer, received } = await startSmtp(2);
    const { logger, logged } = captureLog();
    const queue = createMailQueue(mailer, logger, [1, 1]);
    queue.send(async () => MAIL);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await queue.close();
    expect(logged()).toContain('a mail was not taken; trying again');
    expect(logged()).not.toMatch(/s3cret|siti/);
  });

  test('are given up after the last attempt, with a line in the log', async () => {
    const { mailer, received } = await startSmtp(5);
    const { logger, logged } = captureLog();
    const queue = createMailQueue(mailer, logger, [1, 1]);
    queue.send(async () => MAIL);
    await vi.waitFor(() => expect(logged()).toContain('a mail was not sent'));
    await queue.close();
    expect(received).toEqual([]);
    expect(logged()).not.toMatch(/s3cret|siti/);
  });
});

describe('the queue of mails', () => {
  test('closes without waiting for the next attempt', async () => {
    const mailer: Mailer = {
      send: () => Promise.reject(new Error('away')),
      close: () => undefined,
    };
    const { logger, logged } = captureLog();
    const queue = createMailQueue(mailer, logger, [3_600_000]);
    queue.send(async () => MAIL);
    await vi.waitFor(() => expect(logged()).toContain('trying again'));
    await queue.close();
    expect(logged()).toContain('a mail was not sent');
  });

  test('survives that a mail cannot be composed', async () => {
    const sent: Mail[] = [];
    const mailer: Mailer = { send: async (mail) => void sent.push(mail), close: () => undefined };
    const queue = createMailQueue(mailer, captureLog().logger);
    queue.send(() => Promise.reject(new Error('no database')));
    queue.send(async () => undefined);
    queue.send(async () => MAIL);
    await vi.waitFor(() => expect(sent).toEqual([MAIL]));
    await queue.close();
  });
});

describe('mails without a mail server', () => {
  test('leave nothing of themselves in the log', async () => {
    const { logger, logged } = captureLog();
    await createNoMailer(logger).send(MAIL);
    expect(logged()).toContain('BALAI_SMTP_URL is not set');
    expect(logged()).not.toMatch(/s3cret|siti|Halo/);
  });

  test('stand in the log, whole, for development', async () => {
    const { logger, logged } = captureLog();
    await createLogMailer(logger).send(MAIL);
    expect(logged()).toContain(MAIL.text);
  });
});
