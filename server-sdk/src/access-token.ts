import { LIMITS } from '@balai/protocol';
import { toSeconds } from './duration.ts';
import { signJwt } from './jwt.ts';
import { type RoomGrant, toClaims } from './room-grant.ts';

/** Whom a token is for. */
export interface AccessTokenOptions {
  /**
   * What your application calls the person, 1 to 128 characters: the id of a user, for example. It
   * must not end in `~` and a number, as the server calls who is in a room twice, and not be `.` or `..`.
   */
  readonly identity: string;
  /** How the others see the person, 1 to 100 characters. Default: the identity. */
  readonly name?: string;
  /** Free text that everybody in the room sees. */
  readonly metadata?: string;
  /** As metadata, by names of your own. */
  readonly attributes?: Readonly<Record<string, string>>;
  /**
   * For how long one can join with the token: seconds, or a text such as `'15m'`, `'2h'`. At most
   * 24 hours; default 10 minutes. Who has joined stays in the room however old the token gets, and
   * finds back into it after a loss of connection.
   */
  readonly ttl?: number | string;
}

const DEFAULT_TTL_S = 10 * 60;
const LONGEST_TTL_S = 24 * 3_600;

/** A token that lets one person into one room. Hand it to the person's browser, which joins with it. */
export class AccessToken {
  readonly #apiKey: string;
  readonly #apiSecret: string;
  readonly #options: AccessTokenOptions;
  #grant: RoomGrant | undefined;

  /**
   * @param apiKey Id of an API key of the project, with the scope `tokens`.
   * @param apiSecret The secret that was shown when the key was made. It belongs on the
   * application's server, never into a page.
   */
  constructor(apiKey: string, apiSecret: string, options: AccessTokenOptions) {
    this.#apiKey = apiKey;
    this.#apiSecret = apiSecret;
    this.#options = options;
  }

  /** Says which room the token is for, and what may be done there. A second call replaces the first. */
  addGrant(grant: RoomGrant): this {
    this.#grant = grant;
    return this;
  }

  /**
   * Signs the token. Each call makes another one, which begins to age now.
   *
   * @throws TypeError where the server would refuse it: without a grant, with names that are
   * empty or too long, or with more metadata and attributes than fit into 8,192 characters.
   */
  async toJwt(): Promise<string> {
    const { identity, name, metadata, attributes, ttl = DEFAULT_TTL_S } = this.#options;
    const grant = this.#grant;
    if (grant === undefined) {
      throw new TypeError('addGrant() must say which room the token is for');
    }
    assertLength('identity', identity, LIMITS.identity);
    if (/~\d+$/.test(identity)) {
      throw new TypeError('identity must not end in ~ and a number');
    }
    assertLength('room', grant.room, LIMITS.roomName);
    if ([identity, grant.room].some((text) => text === '.' || text === '..')) {
      throw new TypeError('identity and room must not be . or ..');
    }
    if (name !== undefined) {
      assertLength('name', name, LIMITS.displayName);
    }
    const ttlS = Math.floor(toSeconds(ttl));
    if (ttlS < 1 || ttlS > LONGEST_TTL_S) {
      throw new TypeError('ttl must be between a second and 24 hours');
    }
    const nowS = Math.floor(Date.now() / 1_000);
    const claims = {
      iss: this.#apiKey,
      sub: identity,
      jti: crypto.randomUUID(),
      iat: nowS,
      exp: nowS + ttlS,
      name,
      metadata,
      attributes,
      room: toClaims(grant),
    };
    const token = await signJwt(claims, this.#apiSecret);
    if (token.length > LIMITS.roomToken) {
      throw new TypeError(`metadata and attributes make the token longer than ${LIMITS.roomToken}`);
    }
    return token;
  }
}

function assertLength(what: string, text: string, longest: number): void {
  if (text.length < 1 || text.length > longest) {
    throw new TypeError(`${what} must have 1 to ${longest} characters`);
  }
}
