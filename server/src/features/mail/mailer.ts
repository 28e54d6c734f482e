/** One mail, in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** May hold a token: it belongs in no log. */
  readonly text: string;
}

/** Sends mails. */
export interface Mailer {
  /** Settles when the mail server has taken the mail. @throws Error why it did not. */
  send(mail: Mail): Promise<void>;
  /** Idempotent. */
  close(): void;
}
