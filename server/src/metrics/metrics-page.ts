import type { RequestListener } from 'node:http';
import { bearerOf, isSameSecret } from '../kernel/shown-secret.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';

/**
 * Serves `/metrics`, and nothing else.
 *
 * @param token Whoever reads must send it (RFC 6750); undefined lets everybody read who reaches this.
 */
export function metricsPage(
  metrics: Pick<PrometheusMetrics, 'expose'>,
  token: string | undefined,
): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    response.setHeader('cache-control', 'no-store');
    if (path !== '/metrics' || !isRead) {
      response.writeHead(404).end();
      return;
    }
    if (token !== undefined && !isSameSecret(bearerOf(request.headers.authorization), token)) {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return;
    }
    void metrics.expose().then(({ contentType, text }) => {
      response.writeHead(200, { 'content-type': contentType });
      response.end(request.method === 'HEAD' ? undefined : text);
    });
  };
}
