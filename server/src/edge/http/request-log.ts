import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpLogger, pinoHttp } from 'pino-http';
import type { Logger } from '../../kernel/logger.ts';

const REQUEST_ID = /^[\w.-]{1,64}$/;
const QUIET = /^\/(assets\/|healthz|readyz)/;

/**
 * Gives every request an id and logs it when it is answered: method, path, status
 * and time. No headers, no query, no addresses: those hold secrets and people.
 */
export function logRequests(logger: Logger): HttpLogger {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger,
    genReqId: (request, response) => {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    serializers: {
      req: (request: { id: string; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        path: request.url.replace(/\?.*$/, ''),
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
    },
    customLogLevel: (request, _response, error) =>
      error === undefined && QUIET.test(request.url ?? '') ? 'debug' : 'info',
    customSuccessMessage: () => 'a request was answered',
    customErrorMessage: () => 'a request was answered',
    customErrorObject: (_request, _response, _error, value: { err?: unknown }) => {
      // Logged already where it was answered, with its id.
      const { err: _logged, ...rest } = value;
      return rest;
    },
  });
}
