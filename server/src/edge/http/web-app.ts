import { join } from 'node:path';
import express, { type RequestHandler, type Response } from 'express';

const YEAR_MS = 365 * 24 * 3_600_000;

/** Files of the web app. Those under `assets/` have a hash in their names and never change. */
export function serveFiles(webRoot: string): RequestHandler {
  const assets = join(webRoot, 'assets/');
  return express.static(webRoot, {
    index: false,
    redirect: false,
    setHeaders(response: Response, path: string) {
      response.set(
        'Cache-Control',
        path.startsWith(assets) ? `public, max-age=${YEAR_MS / 1_000}, immutable` : 'no-cache',
      );
    },
  });
}

/** The page of the web app, for every address that it makes up itself. */
export function servePage(webRoot: string): RequestHandler {
  return (request, response, next) => {
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !/^\/(v1|assets|signal|\.well-known)(\/|$)/.test(request.path) &&
      !/\.\w+$/.test(request.path) &&
      request.accepts('html') === 'html';
    if (!isPage) {
      next();
      return;
    }
    response.set('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: webRoot, cacheControl: false }, (error) => {
      if (error !== undefined && error !== null) {
        next(error);
      }
    });
  };
}
