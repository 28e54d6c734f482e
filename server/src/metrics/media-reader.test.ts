import { expect, test } from 'vitest';
import { createLogger } from '../kernel/logger.ts';
import type { WorkerLoad } from '../media/media-plane.ts';
import { readWorkers } from './media-reader.ts';
import { createPrometheusMetrics } from './prometheus-metrics.ts';

const LOAD: WorkerLoad = {
  pid: 4_711,
  slot: 1,
  restarts: 2,
  memoryBytes: 50_000_000,
  routers: 3,
  transports: 8,
  consumers: 20,
  pipes: 4,
  cpuShare: 0.3,
  share: 0.5,
  isBusy: true,
  incomingBps: 8_000,
  outgoingBps: 80_000,
};

async function textOf(loads: readonly WorkerLoad[], isDraining = false): Promise<string> {
  const metrics = createPrometheusMetrics(createLogger('silent'));
  readWorkers(metrics, {
    getLoad: async () => loads,
    workerCount: 2,
    isDraining: () => isDraining,
  });
  return (await metrics.expose()).text;
}

test('a worker is told of by its place, with bytes in place of bits', async () => {
  const text = await textOf([LOAD]);
  for (const line of [
    'balai_workers 1',
    'balai_workers_configured 2',
    'balai_worker_cpu_ratio{worker="1"} 0.3',
    'balai_worker_load_ratio{worker="1"} 0.5',
    'balai_worker_busy{worker="1"} 1',
    'balai_worker_resident_memory_bytes{worker="1"} 50000000',
    'balai_worker_restarts_total{worker="1"} 2',
    'balai_worker_routers{worker="1"} 3',
    'balai_worker_transports{worker="1"} 8',
    'balai_worker_consumers{worker="1"} 20',
    'balai_worker_pipes{worker="1"} 4',
    'balai_worker_receive_bytes_per_second{worker="1"} 1000',
    'balai_worker_transmit_bytes_per_second{worker="1"} 10000',
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
  expect(text).not.toContain('4711');
});

test.each([
  ['with both workers half free', [LOAD, { ...LOAD, slot: 0 }], false, 0.5],
  ['with one worker dead', [LOAD], false, 0.25],
  ['with a worker beyond its core', [LOAD, { ...LOAD, slot: 0, share: 1.4 }], false, 0.25],
  ['while it is drained', [LOAD, { ...LOAD, slot: 0 }], true, 0],
] as const)('what is free %s', async (_case, loads, isDraining, free) => {
  expect(await textOf(loads, isDraining)).toContain(`\nbalai_node_free_ratio ${free}\n`);
});
