import { randomUUID } from 'node:crypto';
import { type CryptoKey, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { z } from 'zod';
import { AppError } from './app-error.ts';
import type { Clock } from './clock.ts';

/** What a token needs of the signing key. */
export interface TokenKey {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** One kind of token. Two kinds differ in type and audience, so that none passes for the other. */
export interface TokenKind<Claims> {
  /** Value of the `typ` header (RFC 8725, 3.11). */
  readonly type: string;
  readonly audience: string;
  readonly lifetimeMs: number;
  readonly claims: z.ZodType<Claims>;
}

/** A signed token, and when it stops being good. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** What a token says that is good. */
export interface VerifiedToken<Claims> {
  readonly subject: string;
  readonly tokenId: string | null;
  /** In milliseconds since 1970; tokens know whole seconds. */
  readonly issuedAt: number;
  readonly claims: Claims;
}

const ISSUER = 'balai';
const ALGORITHM = 'EdDSA';

/** Signs a token of this kind. */
export async function issueToken<Claims extends object>(
  kind: TokenKind<Claims>,
  key: TokenKey,
  clock: Clock,
  subject: string,
  claims: Claims,
): Promise<IssuedToken> {
  const issuedAtS = Math.floor(clock() / 1_000);
  const expiresAtS = issuedAtS + Math.floor(kind.lifetimeMs / 1_000);
  const token = await new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: ALGORITHM, typ: kind.type, kid: key.keyId })
    .setIssuer(ISSUER)
    .setAudience(kind.audience)
    .setSubject(subject)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .setJti(randomUUID())
    .sign(key.privateKey);
  return { token, expiresAt: new Date(expiresAtS * 1_000) };
}

/**
 * Checks a token of this kind.
 *
 * @throws AppError `token_expired` for a token of this kind that is only too
 * old; `unauthorized` for everything else.
 */
export async function verifyToken<Claims extends object>(
  kind: TokenKind<Claims>,
  key: TokenKey,
  clock: Clock,
  token: string,
): Promise<VerifiedToken<Claims>> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: [ALGORITHM],
      typ: kind.type,
      issuer: ISSUER,
      audience: kind.audience,
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(clock()),
    });
    return {
      subject: payload.sub ?? '',
      tokenId: payload.jti ?? null,
      issuedAt: (payload.iat ?? 0) * 1_000,
      claims: kind.claims.parse(payload),
    };
  } catch (error) {
    // The fault may quote the token: it must not reach a log as a cause.
    throw new AppError(error instanceof errors.JWTExpired ? 'token_expired' : 'unauthorized');
  }
}
