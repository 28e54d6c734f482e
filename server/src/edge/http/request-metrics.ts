import type { RequestHandler } from 'express';
import { type Metrics, startTimer } from '../../kernel/metrics.ts';

/** Counts and times every request, under the path of its route: paths with ids would never end. */
export function measureRequests(metrics: Pick<Metrics, 'count' | 'observe'>): RequestHandler {
  return (request, response, next) => {
    const seconds = startTimer();
    response.once('close', () => {
      const path: unknown = request.route?.path;
      const route = typeof path === 'string' ? path : 'other';
      const method = METHODS.has(request.method) ? request.method : 'other';
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      metrics.count('balai_http_requests_total', { method, route, status });
      metrics.observe('balai_http_request_duration_seconds', { method, route }, seconds());
    });
    next();
  };
}

const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
