import type { KeyScope } from '@balai/protocol';
import { signJwt } from './jwt.ts';

/** What a request token is made of. */
export interface RequestTokenParts {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** What the request needs; of these, the key must have every one. */
  readonly scopes: readonly KeyScope[];
  /** Seconds that the token is good for, 600 at most. Default 60. */
  readonly ttlS?: number;
}

const DEFAULT_TTL_S = 60;

/** Signs the token with which a backend sends requests to `/v1/service`. */
export async function signRequestToken(parts: RequestTokenParts): Promise<string> {
  const { apiKey, apiSecret, scopes, ttlS = DEFAULT_TTL_S } = parts;
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: apiKey,
    iat: nowS,
    exp: nowS + ttlS,
    jti: crypto.randomUUID(),
    service: scopes,
  };
  return await signJwt(claims, apiSecret);
}
