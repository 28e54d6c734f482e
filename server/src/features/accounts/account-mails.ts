import type { Mail } from '../mail/mailer.ts';
import { RESET_LIFETIME_MS, VERIFICATION_LIFETIME_MS } from './mail-token.ts';

/** Composes the mails about accounts. Their links lead to pages of the web app. */
export interface AccountMails {
  verifyEmail(to: string, token: string): Mail;
  resetPassword(to: string, firstName: string, token: string): Mail;
}

/**
 * @param publicUrl Origin of the web app. Never the Host header of a request: whoever
 * asks for another's mail could lead them astray with it.
 */
export function createAccountMails(publicUrl: string): AccountMails {
  // After the #, so that no server and no referrer gets to see the token.
  const link = (path: string, token: string) => `${publicUrl}${path}#token=${token}`;
  return {
    verifyEmail: (to, token) => ({
      to,
      subject: 'Confirm your e-mail address',
      text: [
        'Somebody, probably you, entered this address at Balai.',
        'Follow this link within two days to confirm that it is yours:',
        link('/verify-email', token),
        'If it was not you, ignore this mail.',
      ].join('\n\n'),
      goodForMs: VERIFICATION_LIFETIME_MS,
    }),
    resetPassword: (to, firstName, token) => ({
      to,
      subject: 'Choose a new password',
      text: [
        `Hello ${firstName},`,
        'somebody, probably you, forgot the password of your account at Balai.',
        'Follow this link within an hour to choose a new one:',
        link('/reset-password', token),
        'If it was not you, ignore this mail: your password stays as it is.',
      ].join('\n\n'),
      goodForMs: RESET_LIFETIME_MS,
    }),
  };
}
