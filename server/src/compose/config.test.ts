import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Config,
  type Parsed,
  parseConfig,
  parseMediaNodeConfig,
  parseServerConfig,
} from './config.ts';
import type { OptionSpec } from './option-spec.ts';
import { describeOptions, OPTIONS, type OptionName } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'balai-config-'));
const program = join(folder, 'program');
const text = join(folder, 'text');
writeFileSync(program, '');
chmodSync(program, 0o755);
writeFileSync(text, '', { mode: 0o644 });
afterAll(() => rmSync(folder, { recursive: true }));

function read(parsed: Parsed<Config>): Config {
  if (!parsed.ok) {
    throw new Error(parsed.faults.join('\n'));
  }
  return parsed.config;
}

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  const parsed = parseConfig(env);
  return parsed.ok ? [] : parsed.faults;
}

describe('parseConfig', () => {
  test('takes an empty environment, with every default', () => {
    expect(read(parseConfig({}))).toEqual({
      role: 'all',
      nodesDoor: undefined,
      node: undefined,
      region: undefined,
      pipe: { listenIp: undefined, announcedAddress: undefined },
      databaseUrl: undefined,
      databaseApiUrl: undefined,
      redisUrl: undefined,
      port: 3000,
      host: undefined,
      dataDir: resolve('.data'),
      announcedAddress: undefined,
      rtcPort: 40_000,
      workerCount: availableParallelism(),
      placementLimits: { spillAt: 0.6, returnAt: 0.45, fullAt: 0.85 },
      workerBin: undefined,
      cleanupIntervalMs: 3_600_000,
      guestsKeptMs: 2_592_000_000,
      attendanceIntervalMs: 60_000,
      maintenanceIntervalMs: 604_800_000,
      reindexTables: ['room_participants', 'room_messages', 'user_sessions'],
      publicUrl: undefined,
      mail: { way: 'none' },
      fileMaxBytes: 26_214_400,
      fileTypes: expect.arrayContaining(['image/png', 'application/pdf']),
      projectCreators: 'everybody',
      allowsLoopbackKeys: false,
      trustProxy: 0,
      handshakes: { perMinute: 1_200, atOnce: 500 },
      corsOrigins: [],
      iceServers: [],
      turn: undefined,
      metrics: { port: undefined, host: '127.0.0.1', token: undefined },
      logLevel: 'info',
    });
  });

  test('takes an empty value for an absent one', () => {
    const env = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, ' ']));
    expect(parseConfig(env)).toEqual(parseConfig({}));
  });

  test.each<[OptionName, string, Partial<Config>]>([
    ['DATABASE_URL', 'postgres://a:b@h/d', { databaseUrl: 'postgres://a:b@h/d' }],
    ['DATABASE_URL', 'postgresql:///d?host=/run', { databaseUrl: 'postgresql:///d?host=/run' }],
    ['REDIS_URL', 'rediss://h:6380/2', { redisUrl: 'rediss://h:6380/2' }],
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['BALAI_HOST', '::1', { host: '::1' }],
    ['BALAI_HOST', 'localhost', { host: 'localhost' }],
    ['BALAI_DATA_DIR', '/srv/balai', { dataDir: '/srv/balai' }],
    ['BALAI_ANNOUNCED_ADDRESS', '192.0.2.1', { announcedAddress: '192.0.2.1' }],
    ['BALAI_ANNOUNCED_ADDRESS', 'sfu.example.org', { announcedAddress: 'sfu.example.org' }],
    ['BALAI_RTC_PORT', '0', { rtcPort: 0 }],
    ['BALAI_WORKERS', '7', { workerCount: 7 }],
    [
      'BALAI_WORKER_SPILL_PERCENT',
      '40',
      { placementLimits: { spillAt: 0.4, returnAt: 0.3, fullAt: 0.85 } },
    ],
    [
      'BALAI_WORKER_FULL_PERCENT',
      '100',
      { placementLimits: { spillAt: 0.6, returnAt: 0.45, fullAt: 1 } },
    ],
    ['MEDIASOUP_WORKER_BIN', program, { workerBin: program }],
    ['BALAI_CLEANUP_INTERVAL_S', '1', { cleanupIntervalMs: 1_000 }],
    ['BALAI_GUEST_RETENTION_DAYS', '0', { guestsKeptMs: undefined }],
    ['BALAI_GUEST_RETENTION_DAYS', '1', { guestsKeptMs: 86_400_000 }],
    ['BALAI_ATTENDANCE_INTERVAL_S', '86400', { attendanceIntervalMs: 86_400_000 }],
    ['BALAI_MAINTENANCE_INTERVAL_H', '1', { maintenanceIntervalMs: 3_600_000 }],
    ['BALAI_MAINTENANCE_INTERVAL_H', '0', { maintenanceIntervalMs: undefined }],
    ['BALAI_REINDEX_TABLES', 'users, rooms', { reindexTables: ['users', 'rooms'] }],
    ['BALAI_REINDEX_TABLES', 'none', { reindexTables: [] }],
    ['BALAI_PUBLIC_URL', 'https://Meet.Example.org/', { publicUrl: 'https://meet.example.org' }],
    ['BALAI_MAIL_LOG', 'yes', { mail: { way: 'log' } }],
    ['BALAI_TRUST_PROXY', '2', { trustProxy: 2 }],
    [
      'BALAI_TRUST_PROXY',
      'loopback, 10.0.0.0/8,fd00::/8',
      { trustProxy: ['loopback', '10.0.0.0/8', 'fd00::/8'] },
    ],
    ['BALAI_CORS_ORIGINS', '*', { corsOrigins: '*' }],
    [
      'BALAI_CORS_ORIGINS',
      'https://a.example, http://b:8080/',
      { corsOrigins: ['https://a.example', 'http://b:8080'] },
    ],
    ['BALAI_ICE_SERVERS', '[{"urls":"stun:s:3478"}]', { iceServers: [{ urls: ['stun:s:3478'] }] }],
    ['BALAI_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ])('reads %s=%s', (name, value, expected) => {
    expect(read(parseConfig({ [name]: value }))).toMatchObject(expected);
  });

  test.each<[OptionName, string]>([
    ['DATABASE_URL', 'mysql://h/d'],
    ['DATABASE_URL', 'balai'],
    ['REDIS_URL', 'http://h'],
    ['PORT', '65536'],
    ['BALAI_WORKER_SPILL_PERCENT', '85'],
    ['BALAI_WORKER_SPILL_PERCENT', '0'],
    ['BALAI_WORKER_FULL_PERCENT', '101'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', 'http'],
    ['BALAI_HOST', '300.1.1.1'],
    ['BALAI_HOST', 'a b'],
    ['BALAI_ANNOUNCED_ADDRESS', '192.0.2.1:40000'],
    ['BALAI_ANNOUNCED_ADDRESS', 'https://example.org'],
    ['BALAI_RTC_PORT', '70000'],
    ['BALAI_WORKERS', '0'],
    ['MEDIASOUP_WORKER_BIN', join(folder, 'absent')],
    ['BALAI_CLEANUP_INTERVAL_S', '0'],
    ['BALAI_GUEST_RETENTION_DAYS', '-1'],
    ['BALAI_ATTENDANCE_INTERVAL_S', '86401'],
    ['BALAI_MAINTENANCE_INTERVAL_H', '8761'],
    ['BALAI_REINDEX_TABLES', 'users; DROP'],
    ['BALAI_PUBLIC_URL', 'https://example.org/meet'],
    ['BALAI_PUBLIC_URL', 'example.org'],
    ['BALAI_TRUST_PROXY', 'everybody'],
    ['BALAI_TRUST_PROXY', '10.0.0.0/33'],
    ['BALAI_CORS_ORIGINS', 'example.org'],
    ['BALAI_CORS_ORIGINS', 'https://a.example,*'],
    ['BALAI_ICE_SERVERS', '{"urls":"stun:s"}'],
    ['BALAI_ICE_SERVERS', '[{"urls":"http://s"}]'],
    ['BALAI_ICE_SERVERS', '[{"urls":"stun:s","password":"x"}]'],
    ['BALAI_ICE_SERVERS', '[{'],
    ['BALAI_TURN_URLS', 'turn.example.org'],
    ['BALAI_LOG_LEVEL', 'loud'],
  ])('refuses %s=%s in one line that begins with the name', (name, value) => {
    const faults = faultsOf({ [name]: value }).filter((fault) => fault.startsWith(`${name} must `));
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toContain('\n');
  });

  test('refuses a worker that cannot be run', () => {
    const fault = 'MEDIASOUP_WORKER_BIN must name an executable file';
    expect(faultsOf({ MEDIASOUP_WORKER_BIN: text })).toEqual([fault]);
    expect(faultsOf({ MEDIASOUP_WORKER_BIN: folder })).toEqual([fault]);
  });

  test('names every fault at once and repeats no value, which may be a secret', () => {
    const faults = faultsOf({
      DATABASE_URL: 'hunter2',
      PORT: 'hunter2',
      BALAI_ICE_SERVERS: 'hunter2',
      BALAI_TURN_SECRET: 'hunter2',
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'PORT',
      'BALAI_ICE_SERVERS',
      'BALAI_TURN_URLS',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  test('wants the database of the API to be that of the migrations', () => {
    const url = 'postgres://p:6432/d';
    expect(faultsOf({ BALAI_DATABASE_API_URL: url })).toEqual([
      'BALAI_DATABASE_API_URL needs DATABASE_URL beside it: both name one database',
    ]);
    const env = { BALAI_DATABASE_API_URL: url, DATABASE_URL: 'postgres://h/d' };
    expect(read(parseConfig(env)).databaseApiUrl).toBe(url);
  });

  test('wants a media port for every worker', () => {
    expect(faultsOf({ BALAI_RTC_PORT: '65535', BALAI_WORKERS: '1' })).toEqual([]);
    expect(faultsOf({ BALAI_RTC_PORT: '65535', BALAI_WORKERS: '2' })).toHaveLength(1);
  });

  test('wants a TURN server and its secret together', () => {
    const urls = 'turn:t:3478?transport=udp,turns:t:5349?transport=tcp';
    expect(faultsOf({ BALAI_TURN_URLS: urls })).toEqual([
      'BALAI_TURN_SECRET is required where BALAI_TURN_URLS is set',
    ]);
    expect(read(parseConfig({ BALAI_TURN_URLS: urls, BALAI_TURN_SECRET: 's' })).turn).toEqual({
      urls: ['turn:t:3478?transport=udp', 'turns:t:5349?transport=tcp'],
      secret: 's',
    });
  });

  test('wants to know whom mails come from and where their links lead', () => {
    const smtp = { BALAI_SMTP_URL: 'smtps://u:p@mail.example' };
    expect(faultsOf(smtp)).toEqual([
      'BALAI_PUBLIC_URL is required where BALAI_SMTP_URL is set: links in mails lead there',
      'BALAI_MAIL_FROM is required where BALAI_SMTP_URL is set',
    ]);
    const whole = {
      ...smtp,
      BALAI_PUBLIC_URL: 'https://balai.example',
      BALAI_MAIL_FROM: 'Balai <balai@example.org>',
    };
    expect(read(parseConfig(whole)).mail).toEqual({
      way: 'smtp',
      url: 'smtps://u:p@mail.example',
      from: 'Balai <balai@example.org>',
    });
    expect(faultsOf({ ...whole, BALAI_MAIL_LOG: 'yes' })).toHaveLength(1);
    for (const from of ['nobody', 'a@b\r\nBcc: c@d', '<a@b> c']) {
      expect(faultsOf({ ...whole, BALAI_MAIL_FROM: from }), from).toHaveLength(1);
    }
  });
});

describe('parseServerConfig', () => {
  test('wants both stores, and names them beside the other faults', () => {
    expect(parseServerConfig({ PORT: 'x' })).toEqual({
      ok: false,
      faults: [
        'DATABASE_URL is required (npm start sets it)',
        'REDIS_URL is required (npm start sets it)',
        'PORT must be a whole number from 0 to 65535',
      ],
    });
    expect(parseServerConfig({ DATABASE_URL: 'postgres://h/d', REDIS_URL: 'redis://h' }).ok).toBe(
      true,
    );
  });
});

describe('the configuration of a cluster', () => {
  const KEY = 'k'.repeat(32);
  const media = {
    BALAI_ROLE: 'media',
    BALAI_NODE_KEY: KEY,
    BALAI_CONTROL_URLS: 'https://control.internal:3001/, http://10.0.0.7:3000',
  };

  test('of a media node has a name, and needs no store', () => {
    const parsed = parseMediaNodeConfig(media);
    expect(read(parsed)).toMatchObject({
      role: 'media',
      nodesDoor: undefined,
      node: {
        nodeKey: KEY,
        controlUrls: ['https://control.internal:3001', 'http://10.0.0.7:3000'],
        nodeId: hostname(),
        region: null,
        labels: {},
        certificate: undefined,
        caPath: undefined,
      },
    });
    const named = {
      ...media,
      BALAI_NODE_ID: 'media-1',
      BALAI_NODE_REGION: 'eu-central',
      BALAI_NODE_LABELS: 'rack=7, disk=ssd',
      BALAI_NODE_TLS_CERT: '/c',
      BALAI_NODE_TLS_KEY: '/k',
      BALAI_NODE_TLS_CA: '/a',
    };
    expect(read(parseMediaNodeConfig(named)).node).toMatchObject({
      nodeId: 'media-1',
      region: 'eu-central',
      labels: { rack: '7', disk: 'ssd' },
      certificate: { certPath: '/c', keyPath: '/k' },
      caPath: '/a',
    });
  });

  test('of a control replica says where nodes come in', () => {
    expect(read(parseConfig({ BALAI_NODE_KEY: KEY })).nodesDoor).toEqual({
      nodeKey: KEY,
      port: undefined,
      tls: undefined,
    });
    const secured = {
      BALAI_ROLE: 'control',
      BALAI_NODE_KEY: KEY,
      BALAI_NODES_PORT: '3001',
      BALAI_NODES_TLS_CERT: '/c',
      BALAI_NODES_TLS_KEY: '/k',
      BALAI_NODES_TLS_CLIENT_CA: '/a',
    };
    expect(read(parseConfig(secured))).toMatchObject({
      role: 'control',
      nodesDoor: { port: 3001, tls: { certPath: '/c', keyPath: '/k', clientCaPath: '/a' } },
    });
  });

  test.each<[NodeJS.ProcessEnv, readonly string[]]>([
    [
      { BALAI_ROLE: 'media' },
      [
        'BALAI_NODE_KEY is required for a media node: that of its control replicas',
        'BALAI_CONTROL_URLS is required for a media node',
      ],
    ],
    [
      { BALAI_ROLE: 'control' },
      ['BALAI_NODE_KEY is required with BALAI_ROLE control: media is on nodes only'],
    ],
    [{ BALAI_ROLE: 'both' }, ['BALAI_ROLE must be all, control or media']],
    [{ BALAI_NODE_KEY: 'short' }, ['BALAI_NODE_KEY must have at least 32 characters']],
    [
      { ...media, BALAI_CONTROL_URLS: 'control:3000' },
      ['BALAI_CONTROL_URLS must be an origin such as https://meet.example.org, without a path'],
    ],
    [
      { ...media, BALAI_NODE_LABELS: 'rack' },
      ['BALAI_NODE_LABELS must be a=b,c=d: names and values'],
    ],
    [
      { ...media, BALAI_NODE_TLS_CERT: '/c' },
      ['BALAI_NODE_TLS_KEY is required where BALAI_NODE_TLS_CERT is set'],
    ],
    [{ BALAI_NODES_PORT: '3001' }, ['BALAI_NODE_KEY is required where BALAI_NODES_PORT is set']],
    [
      { BALAI_NODE_KEY: KEY, BALAI_NODES_TLS_CERT: '/c', BALAI_NODES_TLS_KEY: '/k' },
      ['BALAI_NODES_PORT is required where BALAI_NODES_TLS_CERT is set'],
    ],
    [
      { BALAI_NODE_KEY: KEY, BALAI_NODES_PORT: '1', BALAI_NODES_TLS_CLIENT_CA: '/a' },
      ['BALAI_NODES_TLS_CERT is required where BALAI_NODES_TLS_CLIENT_CA is set'],
    ],
  ])('of %j has faults', (env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});

describe('the table of options', () => {
  test('has examples that it reads itself', () => {
    for (const [name, spec] of Object.entries(OPTIONS) as [OptionName, OptionSpec][]) {
      const example = name === 'MEDIASOUP_WORKER_BIN' ? program : spec.example;
      expect(spec.schema.safeParse(example), name).toMatchObject({ success: true });
    }
  });

  test('is what config/balai.env.example says (vitest -u writes it)', async () => {
    await expect(describeOptions()).toMatchFileSnapshot('../../../config/balai.env.example');
  });
});
