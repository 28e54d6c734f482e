import { metricsPage } from '../metrics/metrics-page.ts';
import type { PrometheusMetrics } from '../metrics/prometheus-metrics.ts';
import { createHttpServer } from './http-server.ts';
import type { MetricsConfig } from './metrics-options.ts';

/**
 * Opens the port of its own on which Prometheus reads, where there is to be one.
 *
 * @returns what closes it; idempotent.
 * @throws Error for people, in one line, where the port cannot be had.
 */
export async function openMetricsPort(
  { port, host, token }: MetricsConfig,
  metrics: PrometheusMetrics,
): Promise<() => Promise<void>> {
  if (port === undefined) {
    return async () => undefined;
  }
  const server = createHttpServer(metricsPage(metrics, token));
  await server.listen(port, host, { port: 'BALAI_METRICS_PORT', host: 'BALAI_METRICS_HOST' });
  return () => server.close();
}
