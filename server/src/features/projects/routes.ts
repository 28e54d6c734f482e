import { type ApiKey, type CreatedApiKey, KEY_SCOPES, type Project } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import type { ApiKeys } from './api-keys.ts';
import { API_KEY_ID } from './new-api-key.ts';
import type { Projects } from './projects.ts';

/** Far more than somebody makes by hand. */
const CREATIONS_PER_MINUTE = 30;

const name = typedLine(1, 255);
const jwksUrl = z.url().max(2_048).nullable();
// What looks like an API key would be taken for one.
const issuer = typedLine(1, 255)
  .refine((text) => !API_KEY_ID.test(text), 'must not look like an API key')
  .nullable();

const projectParams = z.strictObject({ projectId: z.string() });
const keyParams = z.strictObject({ projectId: z.string(), keyId: z.string().regex(API_KEY_ID) });
const createProjectBody = z.strictObject({
  name,
  jwksUrl: jwksUrl.optional(),
  issuer: issuer.optional(),
});
const updateProjectBody = createProjectBody.partial();
const createKeyBody = z.strictObject({
  name,
  scopes: z.array(z.enum(KEY_SCOPES)).min(1).max(KEY_SCOPES.length).optional(),
});

const projectSchema = exactly<Project>()(
  z
    .strictObject({
      id: uuid,
      name: z.string(),
      jwksUrl: z.string().nullable(),
      issuer: z.string().nullable(),
      createdAt: timestamp,
    })
    .meta({ id: 'Project' }),
);

const keyFields = {
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(KEY_SCOPES)),
  createdAt: timestamp,
  lastUsedAt: timestamp.nullable(),
  revokedAt: timestamp.nullable(),
};
const keySchema = exactly<ApiKey>()(z.strictObject(keyFields).meta({ id: 'ApiKey' }));
const createdKeySchema = exactly<CreatedApiKey>()(
  z
    .strictObject({
      ...keyFields,
      secret: z.string().meta({ description: 'Told this once: it cannot be read again.' }),
    })
    .meta({ id: 'CreatedApiKey' }),
);

/** REST over projects and their API keys, for people who are signed in. */
export function projectRoutes(projects: Projects, apiKeys: ApiKeys): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/projects',
      summary: 'Make a project: an application that brings its own users.',
      auth: 'user',
      body: createProjectBody,
      answers: { 201: projectSchema },
      errors: ['forbidden', 'conflict'],
      isIdempotent: true,
      requestsPerMinute: CREATIONS_PER_MINUTE,
      async handle({ body }, { caller }) {
        return { status: 201, body: await projects.create(caller.userId, body) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/projects',
      summary: 'The projects of the caller, newest first.',
      auth: 'user',
      query: pageQuery({ defaultLimit: 50 }),
      answers: { 200: pageOf('ProjectPage', projectSchema) },
      async handle({ query }, { caller }) {
        const page = await projects.list(caller.userId, query.cursor ?? null, query.limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/projects/:projectId',
      summary: 'One project; for administrators, any.',
      auth: 'user',
      params: projectParams,
      answers: { 200: projectSchema },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await projects.get(caller.userId, params.projectId) };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/projects/:projectId',
      summary: 'Change the name of a project, or where it publishes the keys of its own tokens.',
      auth: 'user',
      params: projectParams,
      body: updateProjectBody,
      answers: { 200: projectSchema },
      errors: ['not_found', 'conflict'],
      async handle({ params, body }, { caller }) {
        const project = await projects.update(caller.userId, params.projectId, body);
        return { status: 200, body: project };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/:projectId',
      summary: 'End the meetings of a project and delete it, with its rooms, people and keys.',
      auth: 'user',
      params: projectParams,
      answers: { 204: null },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        await projects.remove(caller.userId, params.projectId);
        return { status: 204, body: undefined };
      },
    }),
    ...keyRoutes(apiKeys),
  ];
}

function keyRoutes(apiKeys: ApiKeys): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/projects/:projectId/keys',
      summary: 'Make an API key. The answer has its secret, which is told this once.',
      auth: 'user',
      params: projectParams,
      body: createKeyBody,
      answers: { 201: createdKeySchema },
      errors: ['not_found', 'conflict'],
      requestsPerMinute: CREATIONS_PER_MINUTE,
      async handle({ params, body }, { caller }) {
        const { projectId } = params;
        const key = await apiKeys.create(caller.userId, projectId, body.name, body.scopes);
        return { status: 201, body: key };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/projects/:projectId/keys',
      summary: 'The API keys of a project, newest first, without their secrets.',
      auth: 'user',
      params: projectParams,
      answers: { 200: z.array(keySchema) },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await apiKeys.list(caller.userId, params.projectId) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/projects/:projectId/keys/:keyId',
      summary: 'Revoke an API key: at once, and for good.',
      auth: 'user',
      params: keyParams,
      answers: { 200: keySchema },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        const key = await apiKeys.revoke(caller.userId, params.projectId, params.keyId);
        return { status: 200, body: key };
      },
    }),
  ];
}
