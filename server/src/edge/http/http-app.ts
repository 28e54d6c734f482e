import type { RequestListener } from 'node:http';
import express, { type Express } from 'express';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type Metrics, NO_METRICS } from '../../kernel/metrics.ts';
import type { Route } from '../../kernel/route.ts';
import { serveApiDocs } from './api-docs.ts';
import { answerErrors } from './error-answer.ts';
import { type MountOptions, mountRoute } from './mount-route.ts';
import { logRequests } from './request-log.ts';
import { measureRequests } from './request-metrics.ts';
import { allowOrigins, setSecurityHeaders } from './security-headers.ts';
import { serveFiles, servePage } from './web-app.ts';

export interface HttpAppOptions extends MountOptions {
  readonly routes: readonly Route[];
  /** Number of proxies, or where they come from. */
  readonly trustProxy: number | readonly string[];
  /** Folder of the built web app. */
  readonly webRoot: string;
  /** Told of requests. Default {@link NO_METRICS}. */
  readonly metrics?: Pick<Metrics, 'count' | 'observe'>;
  /** Answers `/metrics`. Absent: there is no such page. */
  readonly metricsPage?: RequestListener | undefined;
  readonly logger: Logger;
}

/** The REST API and the web app. Knows no feature: it serves the routes that it is given. */
export function createHttpApp(options: HttpAppOptions): Express {
  const { routes, logger, webRoot, publicUrl } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set(
    'trust proxy',
    typeof options.trustProxy === 'number' ? options.trustProxy : [...options.trustProxy],
  );
  app.use(logRequests(logger));
  app.use(measureRequests(options.metrics ?? NO_METRICS));
  app.use(setSecurityHeaders(publicUrl));
  app.use('/v1', allowOrigins(options.corsOrigins));
  if (options.metricsPage !== undefined) {
    app.get('/metrics', options.metricsPage);
  }
  for (const route of routes) {
    mountRoute(app, route, options);
  }
  app.use(serveApiDocs(routes));
  app.use(serveFiles(webRoot));
  app.use(servePage(webRoot));
  app.use(() => {
    throw new AppError('not_found');
  });
  app.use(answerErrors(logger));
  return app;
}
