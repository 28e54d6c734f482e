import express, { type Router } from 'express';
import getSwaggerFolder from 'swagger-ui-dist/absolute-path.js';
import type { Route } from '../../kernel/route.ts';
import { describeApi, type OpenApiDocument } from './openapi.ts';

const DAY_S = 24 * 3_600;
/** What the page loads of Swagger UI. The rest of the package stays where it is. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Balai: REST API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <noscript>This page needs JavaScript. The description itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** A file of its own: the content security policy allows no script in the page. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/**
 * The description of the routes at /openapi.json, and a page to browse and try
 * them at /docs. Nothing comes from elsewhere, and nothing is made before somebody asks.
 */
export function serveApiDocs(routes: readonly Route[]): Router {
  let description: OpenApiDocument | undefined;
  const router = express.Router();
  router.get('/openapi.json', (_request, response) => {
    description ??= describeApi(routes);
    response.set('Cache-Control', 'no-cache');
    response.json(description);
  });
  router.get('/docs', (_request, response) => {
    response.set('Cache-Control', 'no-cache');
    response.type('html').send(PAGE);
  });
  router.get('/docs/start.js', (_request, response) => {
    response.set('Cache-Control', 'no-cache');
    response.type('js').send(START);
  });
  for (const asset of ASSETS) {
    router.get(`/docs/${asset}`, (_request, response) => {
      response.set('Cache-Control', `public, max-age=${DAY_S}`);
      response.sendFile(asset, { root: getSwaggerFolder(), cacheControl: false });
    });
  }
  return router;
}
