import { ERRORS, type ErrorCode } from '@balai/protocol';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Route } from '../../kernel/route.ts';
import { errorAnswer } from '../../kernel/wire-schemas.ts';

/** The document, as JSON. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

const DESCRIPTION = `The REST API of Balai. Bodies are JSON unless they are files; unknown fields are faults.

An **access token** (of signing in) says who calls. A **room token** (of joining) lets its owner into one room, and says
who they are to the routes of that room: guests have no other. A **service token** is what the backend of an application
signs with an API key of its project (JWT, HS256, \`iss\`: the key's id, \`service\`: the scopes, \`exp\`: within ten
minutes). All of them go into \`Authorization: Bearer …\`.

Every failure is an \`ErrorAnswer\`: compare codes, not messages. Lists are paged: \`nextCursor\` of an answer is the
\`cursor\` of the next request. Where a route takes an \`Idempotency-Key\`, a request that is sent again with the same key
has one effect and gets the same answer.`;

/** Of the token that each kind of route wants. Several are alternatives; an empty one is nobody's. */
const SECURITY: Readonly<Record<Exclude<Route['auth'], 'project'>, Record<string, string[]>[]>> = {
  none: [],
  optional: [{}, { accessToken: [] }],
  user: [{ accessToken: [] }],
  admin: [{ accessToken: [] }],
  room: [{ roomToken: [] }],
  member: [{ accessToken: [] }, { roomToken: [] }],
};

const ANY_TIME: readonly ErrorCode[] = ['internal', 'unavailable', 'timeout'];

const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'Chosen by the client, for example a UUID.' }),
});

/** Describes the routes as OpenAPI 3.1, from the schemas that they are served with. */
export function describeApi(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Balai', version: '1', description: DESCRIPTION },
    servers: [{ url: '/' }],
    paths: paths as ZodOpenApiPathsObject,
    components: {
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        roomToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        serviceToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
  return createDocument(document, {
    override({ jsonSchema }) {
      // The format says it; the expression that checks it is nothing for readers.
      if (jsonSchema.format !== undefined) {
        delete jsonSchema.pattern;
      }
    },
  });
}

function securityOf({ auth, scope }: Route): Record<string, string[]>[] {
  return auth === 'project' ? [{ serviceToken: [scope ?? ''] }] : SECURITY[auth];
}

/** `/v1/rooms/{roomId}`: the form of OpenAPI. */
function pathOf({ path }: Route): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function describe(route: Route): ZodOpenApiOperationObject {
  const requestBody = describeBody(route);
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(route)],
    summary: route.summary,
    security: securityOf(route),
    requestParams: describeParams(route),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...describeAnswers(route), ...describeErrors(route) },
  };
}

/** `get_rooms_roomId_messages`. */
function operationIdOf({ method, path }: Route): string {
  const words = path.split(/[^\w]+/).filter((word) => word !== '' && word !== 'v1');
  return [method.toLowerCase(), ...words].join('_');
}

/** The first word of the path that names a thing. */
function tagOf({ path }: Route): string {
  return /^\/v1\/([\w-]+)/.exec(path)?.[1] ?? 'server';
}

function describeParams({ params, query, isIdempotent }: Route): ZodOpenApiParameters {
  return {
    ...(params === undefined ? {} : { path: params as z.ZodObject }),
    ...(query === undefined ? {} : { query: query as z.ZodObject }),
    ...(isIdempotent === true ? { header: idempotencyHeader } : {}),
  };
}

function describeBody({ body, upload }: Route): ZodOpenApiRequestBodyObject | undefined {
  if (upload !== undefined) {
    return {
      required: true,
      description: `The file, at most ${upload.maxBytes.toLocaleString('en')} bytes.`,
      content: Object.fromEntries(upload.types.map((type) => [type, { schema: {} }])),
    };
  }
  return body === undefined
    ? undefined
    : {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: body } },
      };
}

function describeAnswers({ answers }: Route): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      if (schema === null) {
        return [status, { description: 'Done.' }];
      }
      const content =
        schema === 'file' ? { '*/*': { schema: {} } } : { 'application/json': { schema } };
      return [status, { description: schema === 'file' ? 'The file.' : 'Done.', content }];
    }),
  );
}

/** One answer for each status, which names the codes that come with it. */
function describeErrors(route: Route): ZodOpenApiResponsesObject {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(errorsOf(route))) {
    const { status } = ERRORS[code];
    // What a route answers on purpose with this status, its own answers describe.
    if (!(status in route.answers)) {
      byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    }
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n'),
        content: { 'application/json': { schema: errorAnswer } },
      },
    ]),
  );
}

function errorsOf(route: Route): readonly ErrorCode[] {
  const { auth, limit, upload, isIdempotent, errors = [] } = route;
  const hasInput = [route.params, route.query, route.body, upload].some((part) => part);
  return [
    ...(hasInput ? (['invalid_request'] as const) : []),
    ...(auth === 'none' ? [] : (['unauthorized', 'token_expired'] as const)),
    ...(auth === 'admin' || auth === 'project' ? (['forbidden'] as const) : []),
    ...errors,
    ...(route.body || upload ? (['payload_too_large'] as const) : []),
    ...(upload === undefined ? [] : (['unsupported_file_type'] as const)),
    ...(isIdempotent === true ? (['idempotency_key_reused', 'request_in_progress'] as const) : []),
    ...(limit !== undefined || auth !== 'none' ? (['rate_limited'] as const) : []),
    ...ANY_TIME,
  ];
}
