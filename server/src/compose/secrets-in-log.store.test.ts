import { afterAll, beforeAll, expect, test } from 'vitest';
import { createExerciseWorld, EXERCISES } from '../../test/api-exercises.ts';
import type { Exercise, ExerciseWorld } from '../../test/exercise.ts';

interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
}

let world: ExerciseWorld;
beforeAll(async () => {
  world = await createExerciseWorld();
});
afterAll(() => world.api.close());

async function listOperations(): Promise<readonly Operation[]> {
  const { body } = await world.api.request<{
    readonly paths: Record<string, Record<string, { readonly operationId: string }>>;
  }>('/openapi.json');
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })),
  );
}

/** @returns the answer, as text. */
async function send({ method, path }: Operation, exercise: Exercise): Promise<string> {
  const { params = {}, query, token, body, file } = exercise;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? 'none');
  const content = file?.content ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await fetch(`${world.api.url}${filled}?${new URLSearchParams(query)}`, {
    method: method.toUpperCase(),
    headers: {
      'user-agent': 'Discreet/1.0',
      ...(content === undefined ? {} : { 'content-type': file?.type ?? 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(content === undefined ? {} : { body: content }),
  });
  return await answer.text();
}

/** What secrets look like, whatever they are. */
const SECRETS: Readonly<Record<string, RegExp>> = {
  'a JWT': /eyJ[\w-]{10,}\.eyJ/,
  'a refresh token': /(?<![\w-])[\w-]{43}\.[\w-]{43}(?![\w-])/,
  'the link of a mail': /#token=/,
  'a password': /(correct|another) horse/,
  'the hash of a password': /\$argon2/,
  'an e-mail address': /@example\.org/,
  'the address of a client': /127\.0\.0\.1/,
  'the software of a client': /Discreet\/1\.0/,
  'the password of a store': /postgres:\/\/|rediss?:\/\//,
};

test('a log at its finest level holds no secret after every operation was called, rightly, wrongly and without its stores', async () => {
  const { api } = world;
  const answers: string[] = [];
  const operations = await listOperations();
  const calls: [Operation, Exercise][] = [];
  for (const operation of operations) {
    const exercise = (await EXERCISES[operation.operationId]?.(world)) ?? {};
    calls.push([operation, exercise]);
    answers.push(await send(operation, exercise));
    answers.push(await send(operation, { ...exercise, token: `${exercise.token ?? ''}x` }));
    if (exercise.body !== undefined) {
      answers.push(await send(operation, { ...exercise, body: [exercise.body] }));
    }
  }
  await api.stores.database.close();
  await api.stores.redis.close();
  for (const [operation, exercise] of calls) {
    answers.push(await send(operation, exercise));
  }
  const logged = api.logged();
  expect(logged.split('"a request was answered"').length).toBeGreaterThan(3 * operations.length);
  // What is looked for went over the wire: the patterns fit.
  const seen = [...answers, ...api.mails.map(({ text }) => text)].join('\n');
  for (const what of ['a JWT', 'a refresh token', 'the link of a mail', 'an e-mail address']) {
    expect(SECRETS[what]?.test(seen), what).toBe(true);
  }
  const found = Object.entries(SECRETS).flatMap(([what, pattern]) => {
    const line = logged.split('\n').find((text) => pattern.test(text));
    return line === undefined ? [] : [`${what}: ${line}`];
  });
  expect(found).toEqual([]);
});
