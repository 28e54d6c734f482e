import type { RoomGrantClaims } from '@balai/protocol';
import { type Claims, readJwt } from './jwt.ts';
import { fromClaims, type RoomGrant } from './room-grant.ts';

/** What a token says. */
export interface TokenContents {
  readonly identity: string;
  /** Undefined where others see the identity. */
  readonly name: string | undefined;
  readonly metadata: string | undefined;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** Names the token, for denying it. */
  readonly tokenId: string | undefined;
  readonly expiresAt: Date;
  readonly grant: RoomGrant;
}

/** Why a token is not good. */
export type TokenFault = 'invalid' | 'expired' | 'not_yet_valid';

const MESSAGES: Readonly<Record<TokenFault, string>> = {
  invalid: 'This is no room token that was signed with this API key',
  expired: 'The token is too old',
  not_yet_valid: 'The token is not good yet',
};

/** A token that is not good. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code: TokenFault;

  constructor(code: TokenFault) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

/** Two clocks are rarely the same. */
const DEFAULT_TOLERANCE_S = 10;

/** Checks room tokens that this application signed, for example where a browser shows its own again. */
export class TokenVerifier {
  readonly #apiKey: string;
  readonly #apiSecret: string;

  /** @param apiSecret Of the same key. */
  constructor(apiKey: string, apiSecret: string) {
    this.#apiKey = apiKey;
    this.#apiSecret = apiSecret;
  }

  /**
   * What a token says. Only the server knows whether it was denied since, or its key revoked.
   *
   * @param toleranceS Seconds by which the clocks may differ. Default 10.
   * @throws TokenError.
   */
  async verify(token: string, toleranceS = DEFAULT_TOLERANCE_S): Promise<TokenContents> {
    const claims = await readJwt(token, this.#apiSecret);
    if (claims === undefined || !isRoomToken(claims) || claims.iss !== this.#apiKey) {
      throw new TokenError('invalid');
    }
    const nowS = Date.now() / 1_000;
    if (claims.exp + toleranceS <= nowS) {
      throw new TokenError('expired');
    }
    if (claims.nbf !== undefined && claims.nbf - toleranceS > nowS) {
      throw new TokenError('not_yet_valid');
    }
    return {
      identity: claims.sub,
      name: claims.name,
      metadata: claims.metadata,
      attributes: claims.attributes,
      tokenId: claims.jti,
      expiresAt: new Date(claims.exp * 1_000),
      grant: fromClaims(claims.room),
    };
  }
}

/** What the application signed is trusted to be of this shape, once it is a room token at all. */
interface RoomTokenClaims extends Claims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly room: RoomGrantClaims;
}

function isRoomToken(claims: Claims): claims is RoomTokenClaims {
  const { sub, exp, nbf, room } = claims as Partial<Record<keyof RoomTokenClaims, unknown>>;
  return (
    typeof sub === 'string' &&
    typeof exp === 'number' &&
    (nbf === undefined || typeof nbf === 'number') &&
    typeof room === 'object' &&
    room !== null &&
    'name' in room
  );
}
