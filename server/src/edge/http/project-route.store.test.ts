import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreatedApiKey, ErrorAnswer, KeyScope, Project } from '@balai/protocol';
import express from 'express';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { silentLogger } from '../../../test/test-stores.ts';
import { createRequestLimits } from '../../compose/request-limits.ts';
import { createIdempotency } from '../../features/idempotency/idempotency.ts';
import { createKeyTokens } from '../../features/projects/key-tokens.ts';
import { AppError } from '../../kernel/app-error.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { loadKeyRing } from '../../store/files/key-ring.ts';
import { createSecrets } from '../../store/files/secrets.ts';
import { answerErrors } from './error-answer.ts';
import { mountRoute } from './mount-route.ts';
import { describeApi } from './openapi.ts';

/*
 * A route for backends, served as the server serves its own, on the stores and
 * keys of a test API.
 */
let api: TestApi;
let server: Server;
let url: string;
let key: CreatedApiKey;
let handled = 0;

const whoAmI = z.strictObject({ projectId: z.string(), serviceUserId: z.string() });

function routeFor(path: string, scope: KeyScope | undefined, requestsPerMinute?: number): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Who asks.',
    auth: 'project',
    ...(scope === undefined ? {} : { scope }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    answers: { 200: whoAmI },
    isIdempotent: true,
    async handle(_input, { project, caller, ticket }) {
      expect([caller, ticket]).toEqual([null, null]);
      handled += 1;
      const { projectId, serviceUserId } = project;
      return { status: 200, body: { projectId, serviceUserId } };
    },
  });
}

const ROUTES = [routeFor('/read', 'rooms:read'), routeFor('/rare', 'data', 2)];

beforeAll(async () => {
  api = await startTestApi();
  const { accessToken: token } = await api.signUp();
  const project = await api.request<Project>('/v1/projects', { token, body: { name: 'Lontar' } });
  const made = await api.request<CreatedApiKey>(`/v1/projects/${project.body.id}/keys`, {
    token,
    body: { name: 'server', scopes: ['rooms:read', 'data'] },
  });
  key = made.body;
  const { database, redis } = api.stores;
  const secrets = createSecrets(await loadKeyRing(api.dataDir));
  const keyTokens = await createKeyTokens({ database, secrets, clock: Date.now });
  const refuse = async () => {
    throw new AppError('unauthorized');
  };
  const app = express();
  for (const route of ROUTES) {
    mountRoute(app, route, {
      ...createRequestLimits(redis),
      verifyAccessToken: refuse,
      verifyRoomToken: refuse,
      verifyServiceToken: keyTokens.verifyServiceToken,
      requireAdmin: refuse,
      idempotency: createIdempotency(database, silentLogger),
      publicUrl: undefined,
      corsOrigins: [],
    });
  }
  app.use(answerErrors(silentLogger));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await api.close();
});

function sign(service: readonly string[], secret = key.secret): Promise<string> {
  return new SignJWT({ service })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(key.id)
    .setExpirationTime('1 minute')
    .sign(new TextEncoder().encode(secret));
}

async function ask(path: string, token: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as ErrorAnswer };
}

describe('a route for backends', () => {
  test('knows the project of the key', async () => {
    const [project] = await api.stores.owner.query(
      'SELECT id AS "projectId", service_user_id AS "serviceUserId" FROM projects',
    );
    expect(await ask('/read', await sign(['rooms:read', 'data']))).toEqual({
      status: 200,
      body: project,
    });
  });

  test('wants its scope of the token', async () => {
    const { status, body } = await ask('/read', await sign(['data']));
    expect([status, body.error.code]).toEqual([403, 'forbidden']);
    expect(body.error.message).toContain('rooms:read');
  });

  test('takes no token that is not signed with the key, and none of people', async () => {
    for (const token of [
      await sign(['rooms:read'], 'wrong'.repeat(9)),
      (await api.signUp()).accessToken,
      'x',
    ]) {
      expect((await ask('/read', token)).body.error.code).toBe('unauthorized');
    }
  });

  test('answers a request that comes twice once', async () => {
    const before = handled;
    const token = await sign(['rooms:read']);
    const first = await ask('/read', token, { 'idempotency-key': 'k' });
    expect(await ask('/read', token, { 'idempotency-key': 'k' })).toEqual(first);
    expect(handled).toBe(before + 1);
  });

  test('counts the requests of each key', async () => {
    const token = await sign(['data']);
    const statuses = [];
    for (let i = 0; i < 3; i += 1) {
      statuses.push((await ask('/rare', token)).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('is not served without a scope', () => {
    const mount = (route: Route) => mountRoute(express(), route, {} as never);
    expect(() => mount(routeFor('/any', undefined))).toThrow('scope');
    expect(() => mount({ ...routeFor('/any', 'data'), auth: 'user' })).toThrow('scope');
  });

  test('says in the documentation which token it wants, with which scope', () => {
    const { paths, components } = describeApi(ROUTES);
    expect(paths?.['/read']?.post).toMatchObject({ security: [{ serviceToken: ['rooms:read'] }] });
    expect(Object.keys(paths?.['/read']?.post?.responses ?? {})).toEqual(
      expect.arrayContaining(['401', '403', '429']),
    );
    expect(components?.securitySchemes).toHaveProperty('serviceToken');
  });
});
