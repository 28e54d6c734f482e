/** Holds, as it compiles, that a drift of types, schemas and answers does not compile. */
import { z } from 'zod';
import { defineRoute } from '../src/kernel/route.ts';
import { exactly } from '../src/kernel/wire-schemas.ts';

interface Dog {
  readonly name: string;
  readonly tags: readonly string[];
  readonly owner?: string;
}

const fields = { name: z.string(), tags: z.array(z.string()) };
const owner = z.string().optional();

export const dog = exactly<Dog>()(z.strictObject({ ...fields, owner }));
// @ts-expect-error a field is missing
exactly<Dog>()(z.strictObject(fields));
// @ts-expect-error a field is too many
exactly<Dog>()(z.strictObject({ ...fields, owner, age: z.number() }));
// @ts-expect-error a field may be absent in the type only
exactly<Dog>()(z.strictObject({ ...fields, owner: z.string() }));
// @ts-expect-error a field is of another type
exactly<Dog>()(z.strictObject({ ...fields, owner, name: z.string().nullable() }));

const spec = { method: 'GET', path: '/v1/dogs', summary: '', auth: 'none' } as const;
const rex: Dog = { name: 'Rex', tags: [] };

export const routes = [
  defineRoute({
    ...spec,
    answers: { 200: dog, 204: null },
    handle: async () =>
      Math.random() > 0.5 ? { status: 200, body: rex } : { status: 204, body: undefined },
  }),
  defineRoute({
    ...spec,
    answers: { 200: dog },
    // @ts-expect-error a status that is not declared
    handle: async () => ({ status: 201, body: rex }),
  }),
  defineRoute({
    ...spec,
    answers: { 200: dog },
    // @ts-expect-error a body of another shape
    handle: async () => ({ status: 200, body: { name: 'Rex' } }),
  }),
  defineRoute({
    ...spec,
    answers: { 204: null },
    // @ts-expect-error a body where there is none
    handle: async () => ({ status: 204, body: rex }),
  }),
  defineRoute({
    ...spec,
    answers: { 200: 'file' },
    // @ts-expect-error no file where there is one
    handle: async () => ({ status: 200, body: undefined }),
  }),
];
