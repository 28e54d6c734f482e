import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExerciseWorld, EXERCISES } from '../../test/api-exercises.ts';
import type { Exercise, ExerciseWorld } from '../../test/exercise.ts';

interface MediaType {
  readonly schema: object;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>
  >;
}

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

interface Described extends Operation {
  readonly method: string;
  readonly path: string;
}

interface Received {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

let world: ExerciseWorld;
let description: Description;
let ajv: Ajv2020;
beforeAll(async () => {
  world = await createExerciseWorld();
  description = (await world.api.request<Description>('/openapi.json')).body;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'api', components: description.components });
});
afterAll(() => world.api.close());

function operations(): readonly Described[] {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
}

async function send({ method, path }: Described, exercise: Exercise): Promise<Received> {
  const { params = {}, query, token, body, file } = exercise;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(params[name] ?? '00000000-0000-4000-8000-000000000000'),
  );
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  const type = file?.type ?? (body === undefined ? undefined : 'application/json');
  const content = file?.content ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${world.api.url}${filled}${search}`, {
    method: method.toUpperCase(),
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(content === undefined ? {} : { body: content }),
  });
  const text = await answer.text();
  const answered = answer.headers.get('content-type')?.split(';')[0] ?? '';
  return {
    status: answer.status,
    type: answered,
    body: answered === 'application/json' ? JSON.parse(text) : text,
  };
}

/** What is wrong with an answer, by the description alone. */
function faultsOf({ responses }: Described, { status, type, body }: Received): readonly string[] {
  const response = responses[status];
  if (response === undefined) {
    return [`the status ${status} is not described: ${JSON.stringify(body)}`];
  }
  const { content } = response;
  if (content === undefined) {
    return body === '' ? [] : [`there is a body: ${JSON.stringify(body)}`];
  }
  const media = content[type] ?? content['*/*'];
  if (media === undefined) {
    return [`the type ${type} is not described`];
  }
  // References lead into the components of the whole description.
  const schema = JSON.parse(
    JSON.stringify(media.schema).replaceAll('"#/components/', '"api#/components/'),
  ) as object;
  const validate = ajv.compile(schema);
  return validate(body)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the description of the API', () => {
  test('is OpenAPI 3.1, and names every operation once', () => {
    expect(description.openapi).toBe('3.1.0');
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(60);
  });

  test('has an exercise for every operation, and no operation less than there are exercises', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(Object.keys(EXERCISES).toSorted()).toEqual(ids.toSorted());
  });

  test('describes the parameters that the paths have', () => {
    for (const { path, parameters = [] } of operations()) {
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      expect(inPath.toSorted(), path).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted(),
      );
    }
  });

  test.each(Object.keys(EXERCISES))('says what %s answers', async (operationId) => {
    const operation = operations().find((one) => one.operationId === operationId);
    expect(operation, 'is not described').toBeDefined();
    const exercise = await EXERCISES[operationId]?.(world);
    const answer = await send(operation as Described, exercise ?? {});
    expect(faultsOf(operation as Described, answer)).toEqual([]);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  });

  test('says what every operation answers to nobody, where it wants a token', async () => {
    const wanting = operations().filter(
      ({ security }) => security.length > 0 && security.every((one) => Object.keys(one).length > 0),
    );
    expect(wanting.length).toBeGreaterThan(40);
    for (const operation of wanting) {
      const answer = await send(operation, {});
      expect(answer.status, operation.operationId).toBe(401);
      expect(faultsOf(operation, answer), operation.operationId).toEqual([]);
    }
  });

  test('says what every operation with a body answers to a wrong one', async () => {
    const withBody = operations().filter(({ requestBody }) => requestBody !== undefined);
    for (const operation of withBody) {
      const exercise = await EXERCISES[operation.operationId]?.(world);
      const { file, ...rest } = exercise ?? {};
      const answer = await send(
        operation,
        file === undefined
          ? { ...rest, body: { nonsense: true } }
          : { ...rest, file: { type: 'text/html', content: file.content } },
      );
      expect(answer.status, operation.operationId).toBe(file === undefined ? 400 : 415);
      expect(faultsOf(operation, answer), operation.operationId).toEqual([]);
    }
  });

  test('is caught when it is wrong', async () => {
    const operation = operations().find(({ operationId }) => operationId === 'get_users_me');
    const answer = await send(operation as Described, { token: world.ann.accessToken });
    const other = { ...answer, body: { ...(answer.body as object), password: 'x', id: 1 } };
    expect(faultsOf(operation as Described, other)).toEqual([
      expect.stringContaining('additional properties'),
      expect.stringContaining('/id must be string'),
    ]);
    expect(faultsOf(operation as Described, { ...answer, status: 299 })).toHaveLength(1);
  });
});

describe('the page of the API', () => {
  test('is served by the server itself, and runs no script but files of its own', async () => {
    const page = await fetch(`${world.api.url}/docs`);
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    const sources = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    for (const source of sources) {
      expect(source).toMatch(/^\//);
      expect((await fetch(`${world.api.url}${source}`)).status, source).toBe(200);
    }
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});
