import { createLogMailer, createNoMailer } from '../features/mail/log-mailer.ts';
import type { Mailer } from '../features/mail/mailer.ts';
import { createSmtpMailer } from '../features/mail/smtp-mailer.ts';
import type { Logger } from '../kernel/logger.ts';
import type { MailConfig } from './config.ts';

/** The way that mails leave this server. */
export function createMailer(config: MailConfig, logger: Logger): Mailer {
  switch (config.way) {
    case 'smtp':
      return createSmtpMailer(config.url, config.from);
    case 'log':
      return createLogMailer(logger);
    case 'none':
      return createNoMailer(logger);
  }
}
