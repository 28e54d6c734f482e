import type { RequestListener, ServerResponse } from 'node:http';
import { bearerOf, isSameSecret } from '../kernel/shown-secret.ts';
import type { DrainState } from './leaving.ts';

type Answer = readonly [status: number, body: object];

const NOTHING: Answer = [
  404,
  { error: { code: 'not_found', message: 'There is nothing here.', retryable: false } },
];
const NOT_ALLOWED: Answer = [
  401,
  {
    error: { code: 'unauthorized', message: 'This needs the key of the nodes.', retryable: false },
  },
];

export interface NodeHealthDependencies {
  readonly hasWorkers: () => boolean;
  /** Whether a control replica answers. */
  readonly hasControl: () => boolean;
  readonly isDraining: () => boolean;
  /** Whoever asks for a drain must show it. */
  readonly nodeKey: string;
  /** The node is about to be stopped. To be asked again for how far it is. */
  readonly drain: () => DrainState;
  /** Answers `/metrics`; undefined: it is not on this port. */
  readonly metricsPage: RequestListener | undefined;
}

/**
 * What a media node answers over HTTP. `/healthz`: the process answers. `/readyz`: it can
 * take people, 503 if not, with the reason. `POST /drain`: has people go elsewhere before a
 * stop, and says how far that is; repeated until it is over.
 */
export function nodeHealth(node: NodeHealthDependencies): RequestListener {
  const answers: Readonly<Record<string, () => Answer>> = {
    '/healthz': () => [200, { status: 'ok' }],
    '/readyz': () => {
      const checks = { workers: node.hasWorkers(), control: node.hasControl() };
      const ready = checks.workers && checks.control && !node.isDraining();
      return [ready ? 200 : 503, { ready, checks }];
    },
  };
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/metrics' && node.metricsPage !== undefined) {
      node.metricsPage(request, response);
      return;
    }
    if (path === '/drain' && request.method === 'POST') {
      const isAllowed = isSameSecret(bearerOf(request.headers.authorization), node.nodeKey);
      answer(response, isAllowed ? [200, node.drain()] : NOT_ALLOWED);
      return;
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const given = isRead ? answers[path]?.() : undefined;
    answer(response, given ?? NOTHING, request.method !== 'HEAD');
  };
}

function answer(response: ServerResponse, [status, body]: Answer, hasBody = true): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(hasBody ? JSON.stringify(body) : undefined);
}
