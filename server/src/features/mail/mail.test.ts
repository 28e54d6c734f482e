import { Writable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../kernel/logger.ts';
import { createLogMailer, createNoMailer } from './log-mailer.ts';
import type { Mail } from './mailer.ts';
import { createSmtpMailer } from './smtp-mailer.ts';
import { startTestSmtp } from './testing/test-smtp.ts';

const MAIL: Mail = {
  to: 'siti@example.org',
  subject: 'Halo, dunia',
  text: 'https://balai.example/x#token=s3cret',
  goodForMs: 3_600_000,
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

/** A mailer, and the real server that it sends to. */
async function startMailer() {
  const smtp = await startTestSmtp();
  const mailer = createSmtpMailer(smtp.url, 'Balai <balai@example.org>');
  closers.push(() => mailer.close(), smtp.close);
  return { mailer, received: smtp.received };
}

describe('mails by SMTP', () => {
  test('arrive as they were written, from the configured address', async () => {
    const { mailer, received } = await startMailer();
    await mailer.send(MAIL);
    expect(received).toHaveLength(1);
    expect(received[0]?.to).toEqual(['siti@example.org']);
    expect(received[0]?.raw).toContain('From: Balai <balai@example.org>');
    expect(received[0]?.raw).toContain('Subject: Halo, dunia');
    expect(received[0]?.raw).toContain(MAIL.text);
  });

  test('go to one address, however it is written', async () => {
    const { mailer, received } = await startMailer();
    await mailer.send({ ...MAIL, to: '"a,b@evil.example"@example.org' }).catch(() => undefined);
    expect(received.flatMap(({ to }) => to)).not.toContain('b@evil.example');
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
