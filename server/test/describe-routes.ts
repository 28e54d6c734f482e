import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Route } from '../src/kernel/route.ts';

/** One line of the table in `protocol/src/rest.ts`. */
export interface ContractLine {
  /** Method and path, for example `GET /v1/rooms/:roomId`. */
  readonly request: string;
  readonly auth: string;
  /** Type of the body; empty for none. */
  readonly body: string;
  /** Status, and the type of the body if there is one. */
  readonly answer: string;
}

/** The parts of JSON Schema that the schemas of routes make use of. */
interface FieldSchema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

const TOKENS = {
  none: 'none',
  optional: 'an access token, or none',
  user: 'an access token',
  room: 'a room token',
} as const satisfies Record<Route['auth'], string>;

const INTRODUCTION = `# REST API

For applications and servers that do without the SDK. Bodies are JSON objects of at most 64 KiB, sent
as \`application/json\`; unknown fields are faults. Tokens go into \`Authorization: Bearer …\`: an access
token says who calls and is good for 15 minutes, a room token lets into one room and is good for 10.
Moments are ISO 8601 in UTC.

Every answer with a status of 400 and above is an \`ErrorAnswer\`; [errors.md](errors.md) has the codes.
Only \`/readyz\` says with the status 503, and its usual body, that the server is not ready. Limits count
one IPv4 address or one IPv6 network (/64); beyond them the answer is \`rate_limited\`, with
\`retryAfterMs\` in the error and \`Retry-After\` in the header. A request id is taken from, or given in,
\`X-Request-Id\`: the server's log has it.

Pages of other origins may call it where \`BALAI_CORS_ORIGINS\` says so. What comes after
\`POST /v1/rooms/:roomId/join\` is signalling: [protocol/SPEC.md](../protocol/SPEC.md).`;

const PROTOCOL_FILES = ['rest', 'models', 'rtp', 'ids', 'errors'];

/** They have a page of their own. */
const DESCRIBED_ELSEWHERE = new Set(['ERRORS', 'ErrorCode']);

/** What the comment in `protocol/src/rest.ts` promises. */
export function readContract(): readonly ContractLine[] {
  const rows = readProtocol('rest').matchAll(/^ \* \| ((?:GET|POST|PATCH|PUT|DELETE) .+) \|$/gm);
  return [...rows].map(([, row = '']) => {
    const [request = '', auth = '', body = '', answer = ''] = row
      .split('|')
      .map((cell) => cell.trim());
    return { request, auth, body, answer };
  });
}

/** Method and path of a route. */
export function requestOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** The routes as a page. Every one of them must be in the contract. */
export function describeRoutes(
  routes: readonly Route[],
  contract: readonly ContractLine[],
): string {
  const lineOf = new Map(contract.map((line) => [line.request, line]));
  const chapters = routes.map((route) => {
    const line = lineOf.get(requestOf(route));
    return describeRoute(route, line?.body ?? '', line?.answer ?? 'unknown');
  });
  const types = describeTypes([
    'ErrorAnswer',
    ...contract.flatMap(({ body, answer }) => namesIn(`${body} ${answer}`)),
  ]);
  return `${[INTRODUCTION, ...chapters, types].join('\n\n')}\n`;
}

function describeRoute(route: Route, body: string, answer: string): string {
  const [status, type] = answer.split(' ');
  const facts = [
    `- Token: ${TOKENS[route.auth]}.`,
    ...(body === '' ? [] : [`- Body: \`${body}\`.`]),
    `- Answer: ${status}${type === undefined ? ', without a body' : `, \`${type}\``}.`,
    ...(route.limit === undefined ? [] : [`- Limit: ${describeLimit(route.limit)}.`]),
  ];
  const inputs = [...fieldsOf('query', route.query), ...fieldsOf('body', route.body)];
  const table =
    inputs.length === 0
      ? []
      : [['| field | in | required | value |', '| --- | --- | --- | --- |', ...inputs].join('\n')];
  return [`## ${requestOf(route)}`, route.summary, facts.join('\n'), ...table].join('\n\n');
}

function describeLimit({ requests, windowMs }: NonNullable<Route['limit']>): string {
  const minutes = windowMs / 60_000;
  return `${requests.toLocaleString('en')} requests in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}`;
}

/**
 * One row for each field. Whether it is required, and its default, are what the
 * sender sees; its bounds may stand behind a conversion, as those of numbers in
 * a query do.
 */
function fieldsOf(place: string, schema: z.ZodType | undefined): readonly string[] {
  if (schema === undefined) {
    return [];
  }
  const sent = toJsonSchema(schema, 'input');
  const read = toJsonSchema(schema, 'output');
  return Object.entries(sent.properties ?? {}).map(([name, field]) => {
    const value = describeValue({ ...field, ...read.properties?.[name] });
    const isRequired = sent.required?.includes(name) === true;
    return `| \`${name}\` | ${place} | ${isRequired ? 'yes' : 'no'} | ${value} |`;
  });
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): ObjectSchema {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as ObjectSchema;
}

function describeValue(field: FieldSchema): string {
  const kind =
    field.enum !== undefined
      ? field.enum.map((value) => `\`${value}\``).join(' or ')
      : field.format === 'email'
        ? 'e-mail address'
        : (field.type ?? 'any');
  const bounds =
    field.type === 'string'
      ? describeRange(field.minLength, field.maxLength, ' characters')
      : describeRange(field.minimum, field.maximum, '');
  const fallback = field.default === undefined ? '' : `; default \`${String(field.default)}\``;
  return `${kind}${bounds}${fallback}`;
}

function describeRange(min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) {
    return '';
  }
  const upper = max.toLocaleString('en');
  return min === undefined ? `, at most ${upper}${unit}` : `, ${min} to ${upper}${unit}`;
}

/** These types, and those that they are made of, as the protocol declares them. */
function describeTypes(roots: readonly string[]): string {
  const declarations = readDeclarations();
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const text = declarations.get(name);
    if (text !== undefined && !wanted.has(name)) {
      wanted.add(name);
      namesIn(text).forEach(want);
    }
  };
  roots.forEach(want);
  const blocks = new Set([...wanted].map((name) => declarations.get(name) ?? ''));
  return [
    '## Types',
    'As `protocol/src` declares them.',
    `\`\`\`ts\n${[...blocks].join('\n\n').replaceAll(/^export |\breadonly (?=\w)/gm, '')}\n\`\`\``,
  ].join('\n\n');
}

/** Name to declaration. Declarations that are written as one block are found under each name. */
function readDeclarations(): ReadonlyMap<string, string> {
  const blocks = PROTOCOL_FILES.flatMap((file) => readProtocol(file).trimEnd().split('\n\n'));
  return new Map(
    blocks.flatMap((block) =>
      [...block.matchAll(/^export (?:interface|type|const) (\w+)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !DESCRIBED_ELSEWHERE.has(name))
        .map((name): [string, string] => [name, block]),
    ),
  );
}

/** Names of types and constants in code; those in comments do not count. */
function namesIn(code: string): readonly string[] {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').match(/\b[A-Z]\w+\b/g) ?? [];
}

function readProtocol(file: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../../protocol/src/${file}.ts`, import.meta.url)),
    'utf8',
  );
}
