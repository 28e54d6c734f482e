import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail as a server got it. */
export interface ReceivedMail {
  readonly to: readonly string[];
  /** Head and body. */
  readonly raw: string;
}

/** A real SMTP server on the loopback. */
export interface TestSmtp {
  readonly url: string;
  readonly port: number;
  /** In the order of their coming. */
  readonly received: readonly ReceivedMail[];
  /** Idempotent. */
  close(): Promise<void>;
}

export interface TestSmtpOptions {
  /** Default a free one. */
  readonly port?: number;
  /** Status with which a mail is turned down; undefined takes it. Quotes the mail, as some servers do. */
  readonly refuse?: (mail: ReceivedMail) => number | undefined;
}

/** Starts the server. The caller closes it. */
export async function startTestSmtp(options: TestSmtpOptions = {}): Promise<TestSmtp> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    // The loopback has no name that anybody would know.
    disableReverseLookup: true,
    onData(stream, session, done) {
      void text(stream).then((raw) => {
        const mail = { to: session.envelope.rcptTo.map(({ address }) => address), raw };
        const responseCode = options.refuse?.(mail);
        if (responseCode === undefined) {
          received.push(mail);
          done();
        } else {
          done(Object.assign(new Error(`no: ${raw.replaceAll(/\s+/g, ' ')}`), { responseCode }));
        }
      });
    },
  });
  await new Promise<void>((resolve) =>
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve()),
  );
  const { port } = server.server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    received,
    close() {
      closing ??= new Promise<void>((resolve) => server.close(() => resolve()));
      return closing;
    },
  };
}
