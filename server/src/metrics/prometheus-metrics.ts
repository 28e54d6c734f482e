import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { withDeadline } from '../kernel/deadline.ts';
import type { Logger } from '../kernel/logger.ts';
import {
  type CounterName,
  type HistogramName,
  type LabelsOf,
  METRICS,
  type MetricName,
  type MetricSpec,
} from '../kernel/metric-table.ts';
import type { Metrics, TellMetric } from '../kernel/metrics.ts';

/** Prometheus gives up after 10 s, unless it is told otherwise. */
const READ_TIMEOUT_MS = 3_000;

/** What Prometheus fetches. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** The metrics of one process. */
export interface PrometheusMetrics extends Metrics {
  /** Reads what is read, and writes everything down. Whoever asks meanwhile gets the same. Never rejects. */
  expose(): Promise<Exposition>;
}

/** Makes the metrics of one process, with those of Node.js and of the process itself. */
export function createPrometheusMetrics(logger: Logger): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  for (const [key, spec] of Object.entries(METRICS) as [MetricName, MetricSpec][]) {
    const options = { name: key, help: spec.help, labelNames: spec.labels, registers: [registry] };
    if (spec.type === 'counter') {
      counters.set(key, new Counter(options));
    } else if (spec.type === 'gauge') {
      gauges.set(key, new Gauge(options));
    } else {
      histograms.set(key, new Histogram({ ...options, buckets: [...(spec.buckets ?? [])] }));
    }
  }
  const readers: ((tell: TellMetric) => void | Promise<void>)[] = [];
  /** Counters that are read rather than counted. */
  const readCounters = new Set<MetricName>();

  const tell: TellMetric = (name, labels, value) => {
    const gauge = gauges.get(name);
    if (gauge !== undefined) {
      gauge.set(labels, value);
    } else {
      readCounters.add(name);
      counters.get(name)?.inc(labels, value);
    }
  };

  const readAll = async (): Promise<void> => {
    for (const [name, gauge] of gauges) {
      gauge.reset();
      // Without labels it would be 0 now, where nobody knows it.
      if (METRICS[name].labels.length === 0) gauge.remove();
    }
    for (const name of readCounters) counters.get(name)?.reset();
    await Promise.all(
      readers.map(async (reader) => {
        let isOver = false;
        try {
          const work = reader((...told) => {
            // After the deadline it would get among the values of the next look.
            if (!isOver) tell(...told);
          });
          if (work !== undefined)
            await withDeadline(work, READ_TIMEOUT_MS, 'what metrics are read from');
        } catch (error) {
          logger.warn({ err: error }, 'some metrics could not be read');
        }
        isOver = true;
      }),
    );
  };

  const write = async (): Promise<Exposition> => {
    await readAll();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
  let writing: Promise<Exposition> | undefined;

  return {
    count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by = 1) {
      counters.get(name)?.inc(labels, by);
    },
    observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number) {
      histograms.get(name)?.observe(labels, seconds);
    },
    read(reader) {
      readers.push(reader);
    },
    expose() {
      writing ??= write().finally(() => {
        writing = undefined;
      });
      return writing;
    },
  };
}
