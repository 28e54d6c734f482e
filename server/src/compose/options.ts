import { z } from 'zod';
import { LOG_LEVELS } from '../kernel/logger.ts';
import { METRICS_OPTIONS } from './metrics-options.ts';
import { NODE_OPTIONS } from './node-options.ts';
import {
  executableFile,
  hostOrAddress,
  iceServers,
  iceUrl,
  listOf,
  mailbox,
  mediaType,
  origin,
  redisUrl,
  trustedProxies,
  urlOf,
  wholeNumber,
} from './option-schemas.ts';
import { type OptionSpec, option } from './option-spec.ts';

/** Nothing among them that a browser would run. */
const DEFAULT_FILE_TYPES: string[] = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'text/plain',
  'text/csv',
  'application/zip',
  'application/json',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/webm',
];

/**
 * Every environment variable that the server reads, in the order of the
 * documentation. `config/balai.env.example` is made from this table, and a test
 * holds them together.
 */
export const OPTIONS = {
  DATABASE_URL: option({
    type: 'URL of a PostgreSQL database, version 15 or newer',
    default: 'an embedded PostgreSQL with npm start; required otherwise',
    reason: 'The durable truth: accounts, rooms, messages. The tables are made on the first start.',
    example: 'postgres://balai:secret@127.0.0.1:5432/balai',
    schema: urlOf('postgres:', 'postgresql:').optional(),
  }),
  BALAI_DATABASE_API_URL: option({
    type: 'URL of the same database, as another role',
    default: 'a role named after the database, made with a password kept in BALAI_DATA_DIR',
    reason:
      'What the API connects as: a member of app_user, whom row security confines; DATABASE_URL is for migrations, and its role owns the tables. Set this where that role may not make roles, or to lead the API through a pooler.',
    example: 'postgres://balai_api:secret@127.0.0.1:6432/balai',
    schema: urlOf('postgres:', 'postgresql:').optional(),
  }),
  REDIS_URL: option({
    type: 'URL of Redis or Valkey, version 7 or newer: one server (redis://), the sentinels of one (redis+sentinel://HOST:PORT,HOST:PORT/NAME) or nodes of a cluster (redis+cluster://HOST:PORT,HOST:PORT); rediss for TLS',
    default: 'a Redis of its own with npm start; required otherwise',
    reason: 'The live truth: who is connected, rate limits. Nothing in it outlives a meeting.',
    example: 'redis://127.0.0.1:6379',
    schema: redisUrl.optional(),
  }),
  PORT: option({
    type: 'TCP port; 0 takes any free one',
    default: '3000',
    reason: 'The web app, the REST API and signalling share this port.',
    example: '8080',
    schema: wholeNumber(0, 65_535).default(3_000),
  }),
  BALAI_HOST: option({
    type: 'IP address or host name',
    default: 'every address of the machine',
    reason: 'Set 127.0.0.1 where a proxy on the same machine is the only one to reach the server.',
    example: '127.0.0.1',
    schema: hostOrAddress.optional(),
  }),
  BALAI_DATA_DIR: option({
    type: 'path of a folder; made where it is missing',
    default: '.data',
    reason: 'Keeps the signing keys (mode 0600) and, with npm start, the embedded database.',
    example: '/var/lib/balai',
    schema: z.string().default('.data'),
  }),
  BALAI_ANNOUNCED_ADDRESS: option({
    type: 'IP address or host name, without port',
    default: "every address of the machine's networks",
    reason:
      'Where browsers send their media. Must be set where the machine is reached at another address than its own, as behind NAT or in a container.',
    example: '192.0.2.10',
    schema: hostOrAddress.optional(),
  }),
  BALAI_RTC_PORT: option({
    type: 'UDP and TCP port; 0 takes any free ones',
    default: '40000',
    reason:
      'First media port. Each worker takes one, counting up from here: open that many in the firewall.',
    example: '50000',
    schema: wholeNumber(0, 65_535).default(40_000),
  }),
  BALAI_WORKERS: option({
    type: 'number of processes, 1 to 256',
    default: 'the number of cores',
    reason: 'A media worker uses one core. Fewer leave room for other programs on the machine.',
    example: '4',
    schema: wholeNumber(1, 256).optional(),
  }),
  BALAI_WORKER_SPILL_PERCENT: option({
    type: 'whole number of per cent of a core, 1 to 95; below BALAI_WORKER_FULL_PERCENT',
    default: '60',
    reason:
      'A worker that is busier sends newcomers of large rooms to another worker, until it is at three quarters of this again. The rest is for cameras that go on and screens that are shared. A control replica holds a media node, by the mean of its workers, to the same.',
    example: '50',
    schema: wholeNumber(1, 95).default(60),
  }),
  BALAI_WORKER_FULL_PERCENT: option({
    type: 'whole number of per cent of a core, 2 to 100',
    default: '85',
    reason:
      'A worker that is busier takes nobody. When all are, who joins is told that media is unavailable, rather than everybody having a bad picture. A control replica holds a media node, by the mean of its workers, to the same.',
    example: '90',
    schema: wholeNumber(2, 100).default(85),
  }),
  MEDIASOUP_WORKER_BIN: option({
    type: 'path of an executable file',
    default: 'the worker that npm start prepared, or mediasoup installed',
    reason: 'Runs a media worker of your own build.',
    example: '/usr/local/bin/mediasoup-worker',
    schema: executableFile.optional(),
  }),
  BALAI_CLEANUP_INTERVAL_S: option({
    type: 'whole number of seconds, 1 to 86400',
    default: '3600',
    reason:
      'How often expired sessions, remembered answers and guests of long ago are deleted, by one of the servers for all.',
    example: '600',
    schema: wholeNumber(1, 86_400).default(3_600),
  }),
  BALAI_GUEST_RETENTION_DAYS: option({
    type: 'whole number of days, 0 to 36500; 0 keeps them',
    default: '30',
    reason:
      'For how long guests and the people of applications are kept after they were last in a room. Their attendance goes with them; who wrote or got messages stays.',
    example: '7',
    schema: wholeNumber(0, 36_500).default(30),
  }),
  BALAI_ATTENDANCE_INTERVAL_S: option({
    type: 'whole number of seconds, 1 to 86400',
    default: '60',
    reason:
      'How often the history is searched for stays whose server died before it could close them.',
    example: '300',
    schema: wholeNumber(1, 86_400).default(60),
  }),
  BALAI_MAINTENANCE_INTERVAL_H: option({
    type: 'whole number of hours, 0 to 8760; 0 for never',
    default: '168: once a week',
    reason:
      "How often one of the servers vacuums and analyses every table and makes the indexes of some anew. PostgreSQL's autovacuum works in between.",
    example: '24',
    schema: wholeNumber(0, 8_760).default(168),
  }),
  BALAI_REINDEX_TABLES: option({
    type: 'names of tables between commas, or none',
    default: 'room_participants,room_messages,user_sessions',
    reason: 'Whose indexes maintenance makes anew: tables with so many changes that indexes grow.',
    example: 'none',
    schema: z
      .union([z.literal('none').transform(() => []), listOf(z.string().regex(/^[a-z_]+$/))])
      .default(['room_participants', 'room_messages', 'user_sessions'])
      .describe('must be names of tables between commas, or none'),
  }),
  BALAI_PUBLIC_URL: option({
    type: 'origin: http or https, host, port; without path',
    default: 'what the browser asked for',
    reason:
      'Where clients reach the server when a proxy stands before it. With https, cookies are Secure.',
    example: 'https://meet.example.org',
    schema: origin.optional(),
  }),
  BALAI_SMTP_URL: option({
    type: 'URL of a mail server: smtp:// (STARTTLS where it is offered) or smtps://',
    default: 'none: no mail is sent, and the log says so',
    reason:
      'Sends the mails that confirm an address and those that let people choose another password. Goes with BALAI_MAIL_FROM and BALAI_PUBLIC_URL, where their links lead.',
    example: 'smtps://balai:secret@mail.example.org',
    schema: urlOf('smtp:', 'smtps:').optional(),
  }),
  BALAI_MAIL_FROM: option({
    type: 'e-mail address, with or without a name',
    default: 'none',
    reason: 'Whom mails come from. Goes with BALAI_SMTP_URL.',
    example: 'Balai <balai@example.org>',
    schema: mailbox.optional(),
  }),
  BALAI_MAIL_LOG: option({
    type: 'yes or no',
    default: 'no',
    reason:
      'For development: writes mails to the log instead of sending them, with the links in them. Whoever reads such a log can take over every account.',
    example: 'yes',
    schema: z
      .enum(['yes', 'no'], { error: 'must be yes or no' })
      .default('no')
      .transform((value) => value === 'yes'),
  }),
  BALAI_FILE_MAX_BYTES: option({
    type: 'bytes, up to 1 GiB',
    default: '26214400: 25 MiB',
    reason:
      'How large a file may be that people send in the chat. They are kept in BALAI_DATA_DIR.',
    example: '104857600',
    schema: wholeNumber(1, 1024 ** 3).default(25 * 1024 ** 2),
  }),
  BALAI_FILE_TYPES: option({
    type: 'media types between commas',
    default: 'pictures, PDF, plain text, office documents, ZIP, common sound and video',
    reason:
      'What files people may send in the chat. Whatever is taken, it is only ever saved, never shown by the server.',
    example: 'image/png,image/jpeg,application/pdf',
    schema: listOf(mediaType).default(DEFAULT_FILE_TYPES),
  }),
  BALAI_PROJECT_CREATORS: option({
    type: 'everybody or admins',
    default: 'everybody',
    reason:
      'Who may make projects, and with them API keys: everybody with an account, or administrators only. The operator can with npm run keys.',
    example: 'admins',
    schema: z
      .enum(['everybody', 'admins'], { error: 'must be everybody or admins' })
      .default('everybody'),
  }),
  BALAI_JWKS_LOOPBACK: option({
    type: 'yes or no',
    default: 'no',
    reason:
      "For development: the keys with which an application signs its tokens may stand on this machine, under http:// too. Elsewhere only https:// and addresses of the internet are read, as anybody's project could otherwise ask the server to look around in its network.",
    example: 'yes',
    schema: z
      .enum(['yes', 'no'], { error: 'must be yes or no' })
      .default('no')
      .transform((value) => value === 'yes'),
  }),
  BALAI_TRUST_PROXY: option({
    type: 'number of proxies, or their addresses and networks between commas',
    default: '0: nobody',
    reason:
      'Whose X-Forwarded-For and X-Forwarded-Proto count. Too generous a value lets anybody choose the address that rate limits see.',
    example: '1',
    schema: trustedProxies.default(0),
  }),
  BALAI_HANDSHAKES_PER_MINUTE: option({
    type: 'whole number, 1 to 1000000',
    default: '1200',
    reason:
      'Sockets that one address may open in a minute, at one server. A lecture hall behind one address opens as many as there are people, and again when the server restarts.',
    example: '300',
    schema: wholeNumber(1, 1_000_000).default(1_200),
  }),
  BALAI_HANDSHAKES_AT_ONCE: option({
    type: 'whole number, 1 to 1000000',
    default: '500',
    reason:
      'Sockets of one address that may be open, at one server, before their tokens were verified.',
    example: '100',
    schema: wholeNumber(1, 1_000_000).default(500),
  }),
  BALAI_CORS_ORIGINS: option({
    type: 'origins between commas, or *',
    default: 'none: only pages of the server itself',
    reason: 'Pages of other sites that may call the REST API, with tokens in headers.',
    example: 'https://app.example.org,https://example.org',
    schema: z
      .union([z.literal('*').transform(() => '*' as const), listOf(origin)])
      .default([])
      .describe('must be origins such as https://app.example.org between commas, or *'),
  }),
  BALAI_ICE_SERVERS: option({
    type: 'JSON array of ICE servers, as in RTCPeerConnection',
    default: '[]: browsers reach the media ports directly',
    reason: 'STUN and TURN servers with fixed credentials, handed to everybody who joins.',
    example: '[{"urls":["stun:stun.example.org:3478"]}]',
    schema: iceServers.default([]),
  }),
  BALAI_TURN_URLS: option({
    type: 'TURN URLs between commas',
    default: 'none',
    reason:
      'A TURN server such as coturn, for networks that let only some ports through. Goes with BALAI_TURN_SECRET.',
    example: 'turn:turn.example.org:3478?transport=udp,turns:turn.example.org:5349?transport=tcp',
    schema: listOf(iceUrl).optional(),
  }),
  BALAI_TURN_SECRET: option({
    type: 'text',
    default: 'none',
    reason:
      "coturn's static-auth-secret (with use-auth-secret). Everybody who joins gets credentials of their own, good for 24 hours.",
    example: 'a-long-random-text',
    schema: z.string().optional(),
  }),
  BALAI_LOG_LEVEL: option({
    type: 'trace, debug, info, warn, error, fatal or silent',
    default: 'info',
    reason: 'How much is logged, as JSON lines on standard output.',
    example: 'debug',
    schema: z
      .enum(LOG_LEVELS, { error: 'must be trace, debug, info, warn, error, fatal or silent' })
      .default('info'),
  }),
  ...METRICS_OPTIONS,
  ...NODE_OPTIONS,
} as const;

/** Name of a variable in {@link OPTIONS}. */
export type OptionName = keyof typeof OPTIONS;

/** What each variable reads as. */
export type OptionValues = { [Name in OptionName]: z.output<(typeof OPTIONS)[Name]['schema']> };

/** The table as a file of environment variables, all of them commented out. */
export function describeOptions(): string {
  const chapters = Object.entries(OPTIONS).map(([name, spec]: [string, OptionSpec]) =>
    [
      ...wrap(spec.reason),
      ...wrap(`Type: ${spec.type}.`),
      ...wrap(`Default: ${spec.default}.`),
      `#${name}=${spec.example}`,
    ].join('\n'),
  );
  const head = [
    '# Every option of the Balai server, as environment variables. An empty value is an',
    '# absent one. The values below are examples; a line takes effect without its "#".',
  ].join('\n');
  return `${[head, ...chapters].join('\n\n')}\n`;
}

/** Comment lines of at most 88 characters. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 88) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(`# ${word}`);
    }
  }
  return lines;
}
