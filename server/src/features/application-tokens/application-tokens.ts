import type { RoomGrantClaims, RoomId } from '@balai/protocol';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { faultDetails } from '../../kernel/fault-details.ts';
import type { TokenUse } from '../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { ExternalUsers } from '../projects/external-users.ts';
import { CLOCK_TOLERANCE_S, type KeyTokens } from '../projects/key-tokens.ts';
import type { ProjectRooms, RoomOwner } from '../rooms/project-rooms.ts';
import { settleGrants } from '../sessions/grants.ts';
import { type ApplicationClaims, applicationClaims, grantsOf, limitsOf } from './claims.ts';
import type { DeniedTokens } from './denied-tokens.ts';
import type { KeySets } from './key-sets.ts';

/** From the moment that a token was issued. */
const LONGEST_LIFE_S = 24 * 3_600;
/** Of what applications sign with keys of their own. Nothing here takes a public key for a secret. */
const PUBLIC_KEY_ALGORITHMS = ['EdDSA', 'Ed25519', 'RS256'];

/** Room tokens that the backends of applications sign. */
export interface ApplicationTokens {
  /**
   * Whom a token lets into which room. The person is known from then on.
   *
   * @param use Only who enters gets a room that is not there yet.
   * @throws AppError `unauthorized`, with what is wrong where the signature is right;
   * `token_expired`; `forbidden` where the API key may not sign room tokens; `room_not_found`;
   * `unavailable`.
   */
  verify(token: string, use: TokenUse): Promise<RoomTicket>;
}

export interface ApplicationTokensDependencies {
  readonly database: Database;
  readonly keyTokens: Pick<KeyTokens, 'verifySignature'>;
  readonly keySets: KeySets;
  readonly users: ExternalUsers;
  readonly rooms: ProjectRooms;
  readonly denied: Pick<DeniedTokens, 'assertNotDenied'>;
  readonly clock: Clock;
}

/** A token whose signature is right. */
interface Signed {
  readonly owner: RoomOwner;
  readonly claims: JWTPayload;
}

interface IssuerRow {
  readonly project_id: string;
  readonly service_user_id: string;
  readonly jwks_url: string;
}

export function createApplicationTokens(
  dependencies: ApplicationTokensDependencies,
): ApplicationTokens {
  const { database, keyTokens, keySets, users, rooms, denied, clock } = dependencies;

  const verifyByApiKey = async (token: string): Promise<Signed> => {
    const { key, claims } = await keyTokens.verifySignature(token);
    if (!key.scopes.includes('tokens')) {
      throw new AppError('forbidden', 'This API key may not sign room tokens');
    }
    return { owner: key, claims };
  };

  const verifyByKeySet = async (token: string, issuer: string): Promise<Signed> => {
    const [row] = await database.call<IssuerRow>('find_project_by_issuer', [issuer]);
    if (row === undefined) {
      throw new AppError('unauthorized');
    }
    try {
      const { payload } = await jwtVerify(token, keySets.at(row.jwks_url), {
        algorithms: PUBLIC_KEY_ALGORITHMS,
        issuer,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(clock()),
      });
      const owner = { projectId: row.project_id, serviceUserId: row.service_user_id };
      return { owner, claims: payload };
    } catch (error) {
      if (error instanceof AppError) {
        throw error;
      }
      // The fault may quote the token: it must not reach a log as a cause.
      throw new AppError(error instanceof errors.JWTExpired ? 'token_expired' : 'unauthorized');
    }
  };

  const verifySignature = (token: string): Promise<Signed> => {
    const { algorithm, issuer } = readEnvelope(token);
    // Each way takes its own algorithms only, whatever the header says.
    return algorithm === 'HS256' ? verifyByApiKey(token) : verifyByKeySet(token, issuer);
  };

  const findRoom = async (
    owner: RoomOwner,
    { name, create = {} }: RoomGrantClaims,
    use: TokenUse,
  ): Promise<RoomId> => {
    if (use === 'enter' && create !== false) {
      return (await rooms.open(owner, name, create)).roomId;
    }
    const roomId = await rooms.find(owner.projectId, name);
    if (roomId === undefined) {
      throw new AppError('room_not_found', 'No room of this name is open');
    }
    return roomId;
  };

  return {
    async verify(token, use) {
      const { owner, claims } = await verifySignature(token);
      const said = readClaims(claims);
      const issuedAtS = assertLifetime(said, clock() / 1_000);
      const { sub, jti, name = sub, metadata = '', attributes = {}, room } = said;
      const { projectId } = owner;
      const tokenId = jti ?? null;
      if (use !== 'resume') {
        await denied.assertNotDenied(projectId, tokenId);
      }
      const userId = await users.add(projectId, sub, name);
      const roomId = await findRoom(owner, room, use);
      const { role, grants } = grantsOf(room);
      return {
        projectId,
        userId,
        identity: sub,
        sessionId: null,
        roomId,
        name,
        role,
        grants: settleGrants(grants),
        limits: limitsOf(room),
        metadata,
        attributes,
        tokenId,
        issuedAt: issuedAtS * 1_000,
      };
    },
  };
}

/** What a token says of itself, before anything is known to be true. @throws AppError `unauthorized`. */
function readEnvelope(token: string): { readonly algorithm: string; readonly issuer: string } {
  try {
    const { alg, typ } = decodeProtectedHeader(token);
    const { iss } = decodeJwt(token);
    // Applications have no other kind of token for us; and ours are none of theirs.
    const isPlain = typ === undefined || typ.toUpperCase() === 'JWT';
    if (isPlain && alg !== undefined && iss !== undefined) {
      return { algorithm: alg, issuer: iss };
    }
  } catch {
    // It is no JWT, which is all that there is to say.
  }
  throw new AppError('unauthorized');
}

/** The application that signed the token is told what is wrong with it. */
function readClaims(claims: JWTPayload): ApplicationClaims {
  const parsed = applicationClaims.safeParse(claims);
  if (!parsed.success) {
    const [fault = ''] = faultDetails(parsed.error);
    throw new AppError('unauthorized', `The token's claims are wrong: ${fault}`);
  }
  return parsed.data;
}

/**
 * Longer than a day nobody remembers who was sent out of a room.
 *
 * @returns when the token was issued, in seconds since 1970.
 */
function assertLifetime({ iat, nbf, exp }: ApplicationClaims, nowS: number): number {
  const issuedAtS = Math.min(iat ?? Number.POSITIVE_INFINITY, nbf ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(issuedAtS)) {
    throw new AppError('unauthorized', 'The token does not say when it was issued: iat');
  }
  if (issuedAtS > nowS + CLOCK_TOLERANCE_S) {
    throw new AppError('unauthorized', 'The token is from the future: iat');
  }
  if (exp - issuedAtS > LONGEST_LIFE_S) {
    throw new AppError('unauthorized', 'The token is good for more than 24 hours: exp');
  }
  return issuedAtS;
}
