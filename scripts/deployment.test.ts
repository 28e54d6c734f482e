/** What docker-compose.cluster.yml and the Helm chart say, beside what the server takes. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  type Config,
  type Parsed,
  parseMediaNodeConfig,
  parseServerConfig,
} from '../server/src/compose/config.ts';
import { OPTIONS } from '../server/src/compose/options.ts';
import { METRICS } from '../server/src/kernel/metric-table.ts';
import { inRoot } from './setup/paths.ts';
import { findProgram } from './setup/run.ts';

type Variables = Record<string, string>;

const read = (...path: string[]): string => readFileSync(inRoot(...path), 'utf8');
const isSecret = (name: string): boolean => /PASSWORD|SECRET|_KEY$|TOKEN/.test(name);

/** As the process of a container would read it. @returns its faults. */
function faultsOf(variables: Variables): readonly string[] {
  const unknown = Object.keys(variables).filter(
    (name) => !Object.hasOwn(OPTIONS, name) && name !== 'MACHINE',
  );
  const parsed: Parsed<Config> =
    variables['BALAI_ROLE'] === 'media'
      ? parseMediaNodeConfig(variables)
      : parseServerConfig(variables);
  return [...unknown.map((name) => `${name} is no option`), ...(parsed.ok ? [] : parsed.faults)];
}

describe('docker-compose.cluster.yml', () => {
  interface Service {
    readonly image?: string;
    readonly build?: string;
    readonly network_mode?: string;
    readonly read_only?: boolean;
    readonly cap_drop?: readonly string[];
    readonly security_opt?: readonly string[];
    readonly environment?: Readonly<Record<string, string | number>>;
    readonly ports?: readonly string[];
    readonly healthcheck?: object;
    readonly command?: unknown;
    readonly restart?: string;
    readonly stop_grace_period?: string;
  }
  const text = read('docker-compose.cluster.yml');
  const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
  const example = read('config', 'cluster.env.example');
  const given: Variables = {};
  for (const [, name = '', value = ''] of example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)) {
    given[name] = value === '' ? 'x'.repeat(40) : value;
  }

  /** With the example's values in the place of `${NAME}`, `${NAME:-default}` and `${NAME:?why}`. */
  const fill = (value: string | number): string =>
    String(value).replaceAll(
      /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
      (_all, name: string) => given[name] ?? '',
    );
  const variablesOf = (name: string): Variables =>
    Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, fill(value)]),
    );
  const named = (prefix: string): string[] =>
    Object.keys(services).filter((name) => name.startsWith(prefix));
  const media = named('media-');
  const control = named('control-');

  test('has all parts of a cluster', () => {
    expect(Object.keys(services).toSorted()).toEqual([
      'caddy',
      ...['control-1', 'control-2', 'coturn'],
      ...['media-1', 'media-2', 'media-3'],
      ...['pgbouncer', 'postgres', 'redis'],
    ]);
  });

  test.each([...control, ...media])('gives %s options that the server takes', (name) => {
    const variables = variablesOf(name);
    expect(faultsOf(variables)).toEqual([]);
    expect(variables['BALAI_ROLE']).toBe(name.replace(/-\d$/, ''));
  });

  test('uses each variable of config/cluster.env.example and no other', () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    expect([...used].toSorted()).toEqual(Object.keys(given).toSorted());
  });

  test('leads media nodes to the port of each replica that is for them', () => {
    const [urls] = /BALAI_CONTROL_URLS:-([^}]+)/.exec(text)?.slice(1) ?? [];
    const published = control.map((name) => {
      const [host, port, target] = services[name]?.ports?.[0]?.split(':') ?? [];
      expect(target).toBe(variablesOf(name)['BALAI_NODES_PORT']);
      return `http://${host}:${port}`;
    });
    expect(urls?.split(',')).toEqual(published);
  });

  test('gives no port of the machine to two processes', () => {
    const workers = Number(given['MEDIA_WORKERS']);
    const taken = media.flatMap((name) => {
      const { PORT, BALAI_METRICS_PORT, BALAI_RTC_PORT } = variablesOf(name);
      const first = Number(BALAI_RTC_PORT);
      return [
        ...[Number(PORT), Number(BALAI_METRICS_PORT)],
        ...Array.from({ length: workers }, (_, index) => first + index),
      ];
    });
    for (const { ports = [] } of Object.values(services)) {
      taken.push(...ports.filter((port) => !port.endsWith('/udp')).map(publishedPort));
    }
    expect(new Set(taken).size).toBe(taken.length);
  });

  test.each(media)('leaves %s time to drain, and stopped once it was drained', (name) => {
    const drainS = Number(variablesOf(name)['BALAI_DRAIN_TIMEOUT_S']);
    expect(drainS).toBeGreaterThan(0);
    expect(services[name]?.stop_grace_period).toBe(`${drainS + 30}s`);
    expect(services[name]?.restart).toBe('on-failure');
  });

  test('leads Caddy to every replica', () => {
    const caddyfile = read('config', 'cluster', 'Caddyfile');
    const { BALAI_REPLICAS: replicas = '' } = variablesOf('caddy');
    expect(replicas.split(' ')).toEqual(
      control.map((name) => `${name}:${variablesOf(name)['PORT']}`),
    );
    for (const [, name = ''] of caddyfile.matchAll(/\{\$(\w+)\}/g)) {
      expect(Object.keys(variablesOf('caddy'))).toContain(name);
    }
    expect(caddyfile).toContain('health_uri /readyz');
  });

  test.each(Object.keys(services))('gives %s no right that it does not need', (name) => {
    const service = services[name];
    expect(service?.cap_drop).toEqual(['ALL']);
    expect(service?.security_opt).toEqual(['no-new-privileges:true']);
    if (name !== 'coturn') expect(service?.read_only).toBe(true);
    // The image of Balai brings its own.
    if (!/^(control|media)-/.test(name)) expect(service?.healthcheck).toBeDefined();
  });

  test('has no secret in it, and neither has the example', () => {
    for (const { environment = {} } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (isSecret(name)) expect(String(value), name).toMatch(/^\$\{\w+:\?set it in \.env\}$/);
      }
    }
    expect(text).not.toMatch(/:\/\/[^:@\s/]*:[^$@\s]+@/);
    for (const [, name = '', value] of example.matchAll(/^([A-Z_]+)=(.*)$/gm)) {
      if (isSecret(name)) expect(value, name).toBe('');
    }
  });
});

describe('the Helm chart', () => {
  const CHART = ['deploy', 'helm', 'balai'];
  const folder = inRoot(...CHART, 'templates');
  const templates = new Map(
    readdirSync(folder).map((name) => [name, read(...CHART, 'templates', name)]),
  );
  const schema = JSON.parse(read(...CHART, 'values.schema.json')) as {
    properties: { secret: { properties: { values: { properties: object } } } };
  };
  const defaults = parse(read(...CHART, 'values.yaml')) as Record<string, unknown>;
  const sample = parse(read(...CHART, 'examples', 'values.yaml')) as Record<string, unknown>;
  const all = [...templates.values()].join('\n');

  test('sets options that there are', () => {
    const names = [...all.matchAll(/(?:- name: |"name" ")([A-Z][A-Z_]+)\b/g)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(20);
    const unknown = names.filter(
      (name) => name !== 'MACHINE' && !Object.hasOwn(OPTIONS, name ?? ''),
    );
    expect(unknown).toEqual([]);
  });

  test('takes its own values and the example by its schema, which knows every value', () => {
    const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
    validate({ ...defaults, publicUrl: 'https://meet.example.org' });
    expect(validate.errors).toBeNull();
    validate(sample);
    expect(validate.errors).toBeNull();
    expect(validate({ ...defaults, publicUrl: 'https://meet.example.org', typo: 1 })).toBe(false);
    for (const [, path = ''] of all.matchAll(/\.Values((?:\.\w+)+)/g)) {
      const value = path
        .slice(1)
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], defaults);
      expect(value, path).toBeDefined();
    }
  });

  test('reads keys of the Secret that the schema lists', () => {
    const listed = Object.keys(schema.properties.secret.properties.values.properties);
    const used = new Set([...all.matchAll(/"key" "([\w-]+)"/g)].map(([, key]) => key));
    expect([...used].toSorted()).toEqual(listed.toSorted());
  });

  test('asks ports that it names and paths that there are', () => {
    for (const name of ['control-deployment.yaml', 'media-statefulset.yaml']) {
      const text = templates.get(name) ?? '';
      const ports = new Set(
        [...text.matchAll(/- name: ([\w-]+)\n\s+containerPort/g)].map(([, p]) => p),
      );
      const asked = [...text.matchAll(/path: (\/\w+)\n\s+port: (\w+)/g)];
      expect(asked.map(([, path]) => path)).toEqual(['/healthz', '/healthz', '/readyz']);
      for (const [, , port] of asked) expect(ports).toContain(port);
    }
  });

  test('scales by metrics that there are', () => {
    const adapter = read(...CHART, 'examples', 'prometheus-adapter.yaml');
    const sources = [...adapter.matchAll(/seriesQuery: '(\w+)/g)].map(([, name]) => name ?? '');
    expect(sources.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
    const made = [...adapter.matchAll(/as: (\w+)/g)].map(([, name]) => name);
    const wanted = [...all.matchAll(/metric:\n\s+name: (\w+)/g)].map(([, name]) => name);
    expect(wanted.toSorted()).toEqual(made.toSorted());
  });

  test('is of the version of the server', () => {
    const chart = parse(read(...CHART, 'Chart.yaml')) as { appVersion: string };
    const { version } = JSON.parse(read('server', 'package.json')) as { version: string };
    expect(chart.appVersion).toBe(version);
  });

  const helm = findProgram('helm');

  /** The example with what is set, as Helm renders it. */
  async function render(...sets: readonly string[]): Promise<readonly Manifest[]> {
    const example = inRoot(...CHART, 'examples', 'values.yaml');
    const { stdout } = await promisify(execFile)(helm ?? '', [
      ...['template', 'balai', inRoot(...CHART), '--values', example],
      ...sets.flatMap((set) => ['--set', set]),
    ]);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  }

  test('drains media nodes before they are stopped, and keeps enough of them, as Helm renders it', async ({
    task,
    skip,
  }) => {
    if (helm === undefined) {
      task.meta.missing = 'helm (the rendered chart)';
      return skip();
    }
    const manifests = await render('media.drainSeconds=90', 'media.autoscaling.enabled=true');
    const find = (kind: string, name: string): Manifest | undefined =>
      manifests.find((one) => one.kind === kind && one.metadata.name === `balai-${name}`);
    const pod = find('StatefulSet', 'media')?.spec?.template?.spec;
    expect(pod).toMatchObject({ hostNetwork: true, terminationGracePeriodSeconds: 120 });
    const [container] = pod?.containers ?? [];
    expect(container?.lifecycle).toEqual({ preStop: { exec: { command: ['balai', 'drain'] } } });
    expect(container?.env).toContainEqual({ name: 'BALAI_DRAIN_TIMEOUT_S', value: '90' });
    for (const name of ['control', 'media']) {
      const labels = { matchLabels: { 'app.kubernetes.io/component': name } };
      expect(find('PodDisruptionBudget', name)?.spec).toMatchObject({
        maxUnavailable: 1,
        selector: labels,
      });
      expect(find('HorizontalPodAutoscaler', name)?.spec).toMatchObject({
        scaleTargetRef: { name: `balai-${name}` },
      });
    }
  });

  test('gives each container options that the server takes, as Helm renders it', async ({
    task,
    skip,
  }) => {
    if (helm === undefined) {
      task.meta.missing = 'helm (the rendered chart)';
      return skip();
    }
    const manifests = await render(
      'nodesTls.enabled=true,nodesTls.controlSecret=c,nodesTls.mediaSecret=m',
      'media.workers=4,media.labels.rack=7',
    );
    const secrets: Variables = {
      'database-url': 'postgres://h/d',
      'database-api-url': 'postgres://h/d',
      'redis-url': 'redis+sentinel://a,b/main',
      'node-key': 'x'.repeat(40),
      'turn-secret': 'secret',
    };
    const roles: string[] = [];
    for (const { spec } of manifests) {
      for (const { env } of spec?.template?.spec?.containers ?? []) {
        const variables = Object.fromEntries(
          env.map(({ name, value, valueFrom }) => [
            name,
            value ??
              secrets[valueFrom?.secretKeyRef?.key ?? ''] ??
              (name === 'BALAI_NODE_ID' ? 'media-0' : '10.0.0.1'),
          ]),
        );
        expect(faultsOf(variables)).toEqual([]);
        roles.push(variables['BALAI_ROLE'] ?? '');
      }
    }
    expect(roles.toSorted()).toEqual(['control', 'media']);
  });
});

interface Container {
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
  }[];
  readonly lifecycle?: object;
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
  };
}

/** `443:443`, `127.0.0.1:3101:3100` */
function publishedPort(mapping: string): number {
  return Number(mapping.split(':').at(-2));
}
