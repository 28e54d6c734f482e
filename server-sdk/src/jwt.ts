/*
 * Just as much of JSON Web Tokens (RFC 7519) as is needed here: HS256, with Web Crypto, which
 * Node.js, Deno, Bun and edge runtimes have alike.
 */

const HEADER = { alg: 'HS256', typ: 'JWT' };
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };
const PART = /^[\w-]+$/;

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/** Signs claims with a secret. */
export async function signJwt(claims: Claims, secret: string): Promise<string> {
  const body = `${encode(HEADER)}.${encode(claims)}`;
  const key = await importSecret(secret, 'sign');
  const signature = await crypto.subtle.sign(ALGORITHM.name, key, toBytes(body));
  return `${body}.${toBase64Url(new Uint8Array(signature))}`;
}

/**
 * What a token says that was signed with the secret, by HS256 and nothing else; undefined for
 * any other text. Knows nothing of the moments that the claims name.
 */
export async function readJwt(token: string, secret: string): Promise<Claims | undefined> {
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => PART.test(part))) {
    return undefined;
  }
  const said = decode(header);
  // Of what a header may ask for beyond this ("crit"), nothing is known here.
  if (said?.['alg'] !== HEADER.alg || 'crit' in said) {
    return undefined;
  }
  const signed = fromBase64Url(signature);
  if (signed === undefined) {
    return undefined;
  }
  const key = await importSecret(secret, 'verify');
  const body = toBytes(`${header}.${payload}`);
  const isGood = await crypto.subtle.verify(ALGORITHM.name, key, signed, body);
  return isGood ? decode(payload) : undefined;
}

/** The name of the type is not everywhere the same. */
type SecretKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function importSecret(secret: string, use: 'sign' | 'verify'): Promise<SecretKey> {
  return crypto.subtle.importKey('raw', toBytes(secret), ALGORITHM, false, [use]);
}

function encode(value: object): string {
  return toBase64Url(toBytes(JSON.stringify(value)));
}

/** Undefined for what is no JSON object. */
function decode(part: string): Claims | undefined {
  const bytes = fromBase64Url(part);
  if (bytes === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Claims) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Undefined for what no bytes are written as. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 === 1) {
    return undefined;
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
