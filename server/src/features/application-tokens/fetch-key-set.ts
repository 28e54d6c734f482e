import { type LookupAddress, lookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '../../kernel/app-error.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 64 * 1_024;
const MAX_URL_LENGTH = 2_048;

/** The machine itself, as URLs name it. */
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export interface KeySetAccess {
  /** For development: key sets of the machine itself are read too, and by http. */
  readonly allowsLoopback: boolean;
}

/**
 * Whether an application's keys may stand under this URL. Where a name leads is seen only as
 * they are fetched.
 *
 * @throws AppError `invalid_request`, with what is wrong.
 */
export function assertKeySetUrl(text: string, { allowsLoopback }: KeySetAccess): void {
  const fault = findFault(text, allowsLoopback);
  if (fault !== undefined) {
    throw new AppError('invalid_request', undefined, { details: [`body.jwksUrl: ${fault}`] });
  }
}

function findFault(text: string, allowsLoopback: boolean): string | undefined {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) {
    return 'must be a URL';
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user or password';
  }
  if (LOOPBACK_HOST.test(url.hostname)) {
    return allowsLoopback && ['http:', 'https:'].includes(url.protocol)
      ? undefined
      : 'must lead to another machine than the server';
  }
  if (url.protocol !== 'https:') {
    return 'must begin with https://';
  }
  const address = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(address) !== 0 && !isPublicAddress(address)
    ? 'must lead to an address of the internet'
    : undefined;
}

/**
 * Reads the JSON under an application's URL. The application chose the URL, so it must not
 * lead into the network that the server stands in: names are resolved once, and the connection
 * goes to an address that was looked at. Redirects are not followed.
 *
 * @throws Error that says why not. It is for the log only: it tells of the network.
 */
export async function fetchKeySet(
  text: string,
  { allowsLoopback }: KeySetAccess,
): Promise<unknown> {
  const fault = findFault(text, allowsLoopback);
  if (fault !== undefined) {
    throw new Error(`The URL of the keys ${fault}`);
  }
  const url = new URL(text);
  const isLoopback = LOOPBACK_HOST.test(url.hostname);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, {
      // A connection of its own, which nothing else was asked over.
      agent: false,
      headers: { accept: 'application/json', 'user-agent': 'balai' },
      lookup: lookupOnly(isLoopback ? isLoopbackAddress : isPublicAddress),
      signal,
    });
    request.once('response', resolve);
    request.once('error', reject);
    request.end();
  });
  try {
    if (answer.statusCode !== 200) {
      throw new Error(`The application's keys were answered with ${answer.statusCode}`);
    }
    return JSON.parse(await readAll(answer));
  } finally {
    answer.destroy();
  }
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) {
      throw new Error(`The application's keys are longer than ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves names, and fails for one that has any address that does not pass. */
function lookupOnly(passes: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), '');
      } else if (!addresses.every(({ address }) => passes(address))) {
        callback(new Error(`${hostname} leads where no keys are read from`), '');
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
