import type { Request } from 'express';

/**
 * The value of a cookie, unless the request comes from a page of another site or
 * of a neighbouring subdomain: browsers say so in `Sec-Fetch-Site`. SameSite=Strict
 * alone would let the neighbours through. Sites that CORS names are no strangers.
 */
export function findCookie(
  request: Request,
  name: string,
  corsOrigins: '*' | readonly string[],
): string | undefined {
  if (isForeign(request, corsOrigins)) {
    return undefined;
  }
  // Our cookies hold no character that would need decoding.
  const pair = request.headers.cookie
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

function isForeign(request: Request, corsOrigins: '*' | readonly string[]): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') {
    return false;
  }
  const origin = request.get('origin');
  return corsOrigins === '*' || origin === undefined || !corsOrigins.includes(origin);
}
