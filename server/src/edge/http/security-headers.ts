import cors from 'cors';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { getRequestOrigin } from './request-origin.ts';

/**
 * helmet's headers, with a content security policy for the web app: scripts and
 * styles of our own only, sockets to ourselves, media from blobs.
 */
export function setSecurityHeaders(publicUrl: string | undefined): RequestHandler {
  const isHttps = publicUrl?.startsWith('https:') === true;
  // 'self' covers WebSockets in new browsers only.
  const sockets = (request: unknown): string =>
    getRequestOrigin(request as Request, publicUrl).replace(/^http/, 'ws');
  const securityHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'self'"],
        connectSrc: ["'self'", sockets, ...(publicUrl === undefined ? [] : [publicUrl])],
        fontSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
      },
    },
    strictTransportSecurity: isHttps,
    // Browsers ignore it over plain http and complain about it.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  });
  return (request, response, next) => {
    setFeaturePolicy(response);
    securityHeaders(request, response, next);
  };
}

/** Which origins of other sites may call the REST API, and with what. */
export function allowOrigins(origins: '*' | readonly string[]): RequestHandler {
  return cors({
    origin: origins === '*' ? '*' : [...origins],
    credentials: origins !== '*',
    methods: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'],
    exposedHeaders: ['Idempotency-Replayed', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  });
}

function setFeaturePolicy(response: Response): void {
  response.set(
    'Permissions-Policy',
    'camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), geolocation=()',
  );
}
