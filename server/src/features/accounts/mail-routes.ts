import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { email, mailToken, newPassword } from './account-schemas.ts';
import type { OwnAccount } from './own-account.ts';
import type { PasswordReset } from './password-reset.ts';

const HOUR_MS = 3_600_000;
/** Of an address: enough for an office, too few to guess 256 bits with. */
const MAIL_TOKENS = { name: 'mail-token', requests: 100, windowMs: HOUR_MS };

/** REST over what comes back from mails, without a session. */
export function mailRoutes(ownAccount: OwnAccount, passwordReset: PasswordReset): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/verify-email',
      summary: 'Confirm an e-mail address with the token of a mail.',
      auth: 'none',
      body: z.strictObject({ token: mailToken }),
      answers: { 204: null },
      errors: ['mail_token_invalid'],
      limit: MAIL_TOKENS,
      async handle({ body }) {
        await ownAccount.verifyEmail(body.token);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/forgot-password',
      summary:
        'Have a mail sent with which another password can be chosen. Answers the same whether there is such an account or not.',
      auth: 'none',
      body: z.strictObject({ email }),
      answers: { 202: null },
      errors: ['rate_limited'],
      async handle({ body }, { network }) {
        await passwordReset.request(body.email, network);
        return { status: 202, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/reset-password',
      summary:
        'Choose another password with the token of a mail. Every session of the account ends.',
      auth: 'none',
      body: z.strictObject({ token: mailToken, password: newPassword }),
      answers: { 204: null },
      errors: ['mail_token_invalid'],
      limit: MAIL_TOKENS,
      async handle({ body }) {
        await passwordReset.confirm(body.token, body.password);
        return { status: 204, body: undefined };
      },
    }),
  ];
}
