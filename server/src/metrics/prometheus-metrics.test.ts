import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../kernel/logger.ts';
import { METRICS, type MetricSpec } from '../kernel/metric-table.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from './prometheus-metrics.ts';

let metrics: PrometheusMetrics;
beforeEach(() => {
  metrics = createPrometheusMetrics(createLogger('silent'));
});

/** The lines of one metric, without comments. */
async function linesOf(name: string): Promise<string[]> {
  const { text } = await metrics.expose();
  return text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));
}

describe('what Prometheus fetches', () => {
  test('has what was counted and how long things took', async () => {
    metrics.count('balai_joins_total', { code: 'ok' });
    metrics.count('balai_joins_total', { code: 'ok' }, 2);
    metrics.count('balai_joins_total', { code: 'room_full' });
    metrics.observe('balai_join_phase_duration_seconds', { phase: 'seat' }, 0.02);
    expect(await linesOf('balai_joins_total')).toEqual([
      'balai_joins_total{code="ok"} 3',
      'balai_joins_total{code="room_full"} 1',
    ]);
    expect(await linesOf('balai_join_phase_duration_seconds_bucket')).toContain(
      'balai_join_phase_duration_seconds_bucket{le="0.025",phase="seat"} 1',
    );
  });

  test('has what others know as it is at that moment, and nothing that nobody knows any more', async () => {
    let workers = ['0', '1'];
    metrics.read(async (tell) => {
      for (const worker of workers) {
        tell('balai_worker_cpu_ratio', { worker }, 0.5);
        tell('balai_worker_restarts_total', { worker }, 4);
      }
    });
    expect(await linesOf('balai_worker_cpu_ratio')).toHaveLength(2);
    workers = ['1'];
    expect(await linesOf('balai_worker_cpu_ratio')).toEqual([
      'balai_worker_cpu_ratio{worker="1"} 0.5',
    ]);
    expect(await linesOf('balai_worker_restarts_total')).toEqual([
      'balai_worker_restarts_total{worker="1"} 4',
    ]);
  });

  test('has no value for what this process has not, since 0 would be one', async () => {
    expect(await linesOf('balai_node_free_ratio')).toEqual([]);
  });

  test('has everything else when something cannot be read', async () => {
    metrics.read(() => {
      throw new Error('Redis is away');
    });
    metrics.read((tell) => tell('balai_rooms', {}, 3));
    expect(await linesOf('balai_rooms')).toEqual(['balai_rooms 3']);
  });

  test('does not wait for what hangs, nor takes what comes of it later', async () => {
    vi.useFakeTimers();
    try {
      const hanging = Promise.withResolvers<void>();
      metrics.read(async (tell) => {
        await hanging.promise;
        tell('balai_participants', {}, 7);
      });
      const exposed = linesOf('balai_participants');
      await vi.advanceTimersByTimeAsync(3_000);
      expect(await exposed).toEqual([]);
      const next = linesOf('balai_rooms');
      hanging.resolve();
      await vi.advanceTimersByTimeAsync(3_000);
      await next;
      expect(await linesOf('balai_participants')).toEqual(['balai_participants 7']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('has the process itself, with the lag of its event loop', async () => {
    expect(await linesOf('nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
    expect(await linesOf('process_resident_memory_bytes')).toHaveLength(1);
  });
});

describe('the names', () => {
  const specs = Object.entries(METRICS) as [string, MetricSpec][];

  test.each(specs)('%s is as Prometheus wants it', (name, { type, help, labels, buckets }) => {
    expect(name).toMatch(/^balai_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name.endsWith('_duration_seconds')).toBe(type === 'histogram');
    expect(buckets === undefined).toBe(type !== 'histogram');
    expect(buckets ?? []).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
    expect(help).toMatch(/\.$/);
    // No ids, and nothing else of which there is ever more.
    expect(labels.filter((label) => /id$|room|user|identity|address|name/i.test(label))).toEqual(
      [],
    );
  });
});
