import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { onlyWhere } from '../../test/only-where.ts';
import { METRICS, type MetricSpec } from '../kernel/metric-table.ts';

const ROOT = new URL('../../../', import.meta.url);
const ALERTS = 'deploy/prometheus/alerts.yml';
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const rules = (parse(read(ALERTS)) as Rules).groups.flatMap((group) => group.rules);

/** The page, as a whole. */
function describeMetrics(): string {
  const rows = (Object.entries(METRICS) as [string, MetricSpec][]).map(
    ([name, { type, help, labels }]) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return `${[
    '# Metrics',
    '',
    '<!-- Made by `npm test -- --project unit -u` from server/src/kernel/metric-table.ts. -->',
    '',
    'What `/metrics` tells Prometheus besides the usual `process_…` and `nodejs_…`. Who may read it, what to',
    'watch and what to do stands in [operations.md](operations.md#monitoring). A process without media workers',
    'has none of the `balai_node_…` and `balai_worker_…`; a media node has nothing of people.',
    '',
    '| name | type | labels | is |',
    '|---|---|---|---|',
    ...rows,
    '',
    'A label `worker` is the place of a worker in its process, from 0. No label is an id, a name or an address: there',
    'are as many series as a server has methods, routes and workers, however many people come.',
  ].join('\n')}\n`;
}

/** Names of our metrics in a text, as they stand in the table. */
function namesIn(text: string): string[] {
  const names = text.match(/\bbalai_[a-z_]+[a-z]/g) ?? [];
  return names.map((name) =>
    Object.hasOwn(METRICS, name) ? name : name.replace(/_(bucket|count|sum)$/, ''),
  );
}

function findPromtool(): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v promtool'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

describe('the pages about metrics', () => {
  test('docs/metrics.md has every metric that there is', async () => {
    await expect(describeMetrics()).toMatchFileSnapshot('../../../docs/metrics.md');
  });

  test.each([ALERTS, 'docs/operations.md'])('%s names no metric that there is not', (path) => {
    const metricPart = read(path).replaceAll(/balai_(full|trial|api|admin|schema|data)\w*/g, '');
    const names = namesIn(metricPart);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });

  test('docs/operations.md says of each alert what it means, and of no other', () => {
    const explained = [...read('docs/operations.md').matchAll(/^\| `(Balai\w+)` \|/gm)];
    expect(explained.map(([, name]) => name)).toEqual(rules.map(({ alert }) => alert));
  });

  test('alerts ask only for labels and values that there are', () => {
    for (const { alert, expr } of rules) {
      for (const [, name = '', selector = ''] of expr.matchAll(/\b(balai_\w+)\{([^}]*)\}/g)) {
        const [metric = ''] = namesIn(name);
        const spec = (METRICS as Readonly<Record<string, MetricSpec>>)[metric];
        const asked = [...selector.matchAll(/(\w+)(?:=~|!~|!=|=)/g)].map(([, label]) => label);
        expect(spec?.labels, alert).toEqual(expect.arrayContaining(asked));
      }
    }
  });

  const promtool = findPromtool();
  test.each([
    ['check rules', ['check', 'rules', 'alerts.yml']],
    ['test rules', ['test', 'rules', 'alerts.test.yml']],
    ['check config', ['check', 'config', 'prometheus.yml']],
  ] as const)(
    'promtool %s is content',
    onlyWhere(promtool !== undefined, 'promtool (Debian: prometheus)'),
    async (_command, args) => {
      const cwd = fileURLToPath(new URL('deploy/prometheus/', ROOT));
      const { stdout } = await promisify(execFile)(promtool ?? '', [...args], { cwd });
      expect(stdout).toContain('SUCCESS');
    },
  );

  test('each alert is tried', () => {
    const tried = new Set(read('deploy/prometheus/alerts.test.yml').match(/\bBalai\w+/g));
    expect(rules.map(({ alert }) => alert).filter((alert) => !tried.has(alert))).toEqual([]);
  });
});
