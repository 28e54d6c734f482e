/** One mail, in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** May hold a token: it belongs in no log. */
  readonly text: string;
  /** After so many milliseconds nobody can do anything with it. */
  readonly goodForMs: number;
}

/** Sends mails. */
export interface Mailer {
  /** Settles when the mail server has taken the mail. @throws Error why it did not. */
  send(mail: Mail): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Whether the mail server will never take this mail: its address, or what it says. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) {
    return false;
  }
  const isAboutMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  // Without a status the mail did not even get to the server.
  const status = 'responseCode' in error ? Number(error.responseCode) : 500;
  return isAboutMail && status >= 500;
}

/** What is known of a failure without quoting anybody. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown';
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const status = 'responseCode' in error ? ` ${String(error.responseCode)}` : '';
  return `${code ?? error.name}${status}`;
}
