import type { Logger } from '../../kernel/logger.ts';
import type { Mailer } from './mailer.ts';

/**
 * Writes mails to the log, whole, with the tokens in them. For development only:
 * whoever reads such a log can take over every account.
 */
export function createLogMailer(logger: Logger): Mailer {
  return {
    async send({ to, subject, text }) {
      logger.warn({ mail: { to, subject, text } }, 'a mail, instead of sending it');
    },
    close: () => undefined,
  };
}

/** Where no way to send mails is configured: says so, and nothing of the mail. */
export function createNoMailer(logger: Logger): Mailer {
  return {
    async send() {
      logger.warn('a mail was not sent: BALAI_SMTP_URL is not set');
    },
    close: () => undefined,
  };
}
