import { type DestinationStream, type Logger, pino } from 'pino';
import { standardOutput } from './standard-output.ts';

export type { Logger } from 'pino';

/** What `BALAI_LOG_LEVEL` may be, from most to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Fields that hold secrets, wherever they turn up in a logged object. */
const SECRETS = [
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'credential',
  'set-cookie',
];

/**
 * JSON lines on standard output: object first, constant message second.
 * Tokens, passwords and cookies are redacted to three levels of depth.
 */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = standardOutput(),
): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        ...SECRETS.flatMap((name) => [
          `["${name}"]`,
          `*["${name}"]`,
          `*.*["${name}"]`,
          `*.*.*["${name}"]`,
        ]),
        // An error of Redis holds its command: for a wrong password, that password.
        '*.command.args',
      ],
      censor: '[redacted]',
    },
  };
  return pino(options, destination);
}
