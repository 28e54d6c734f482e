import { KEY_SCOPES, type KeyScope } from '@balai/protocol';
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { ProjectCaller } from '../../kernel/route.ts';
import type { Secrets } from '../../store/files/secrets.ts';
import type { Database } from '../../store/postgres/database.ts';
import { apiKeySecretPlace } from '../../store/secret-columns.ts';
import { API_KEY_ID, makeApiKey } from './new-api-key.ts';

/** How far the clock of an application may be off. */
export const CLOCK_TOLERANCE_S = 10;
/** How long the token of a request is good, at most. */
const SERVICE_TOKEN_MAX_S = 600;

/** What a token says that one of the API keys signed. */
export interface KeySigned {
  readonly key: ProjectCaller;
  /** The signature is right, and the token neither too old nor too young. All else is to be checked. */
  readonly claims: JWTPayload & { readonly exp: number };
}

/**
 * Tokens that applications sign with their API keys: HS256, with the id of the key as
 * issuer. Every look goes to the database, so a key is void as soon as it is revoked.
 */
export interface KeyTokens {
  /**
   * @throws AppError `unauthorized`, which takes as long and says as much for a key that
   * there is not as for a wrong signature; `token_expired` for a good one that is too old.
   */
  verifySignature(token: string): Promise<KeySigned>;

  /**
   * The token of a backend's request: its claim `service` has the scopes that it wants,
   * and it ends within ten minutes. Scopes that the key lacks are not given.
   *
   * @throws AppError as `verifySignature`.
   */
  verifyServiceToken(token: string): Promise<ProjectCaller>;
}

export interface KeyTokensDependencies {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

interface KeyRow {
  readonly project_id: string;
  readonly service_user_id: string;
  readonly secret: string;
  readonly scopes: readonly KeyScope[];
  readonly is_use_recorded: boolean;
}

const serviceClaims = z.object({
  service: z.array(z.enum(KEY_SCOPES)).min(1),
  // Whoever holds a room token is no backend.
  room: z.never().optional(),
});

export async function createKeyTokens(dependencies: KeyTokensDependencies): Promise<KeyTokens> {
  const { database, secrets, clock } = dependencies;
  /** What is opened for keys that there are not, so that they take no less time. */
  const decoy = await makeApiKey(secrets);

  const verifySignature = async (token: string): Promise<KeySigned> => {
    const keyId = findKeyId(token);
    const [row] = await database.call<KeyRow>('find_api_key', [keyId ?? decoy.id]);
    const secret = await secrets.decryptSecret(
      apiKeySecretPlace(row === undefined ? decoy.id : (keyId ?? decoy.id)),
      row?.secret ?? decoy.sealed.value,
    );
    const claims = await verify(token, secret, clock());
    if (row === undefined || keyId === undefined) {
      throw new AppError('unauthorized');
    }
    if (!row.is_use_recorded) {
      await database.call('touch_api_key', [keyId]);
    }
    return {
      key: {
        projectId: row.project_id,
        serviceUserId: row.service_user_id,
        keyId,
        scopes: row.scopes,
      },
      claims,
    };
  };

  return {
    verifySignature,

    async verifyServiceToken(token) {
      const { key, claims } = await verifySignature(token);
      const parsed = serviceClaims.safeParse(claims);
      const latestExp = clock() / 1_000 + SERVICE_TOKEN_MAX_S + CLOCK_TOLERANCE_S;
      if (!parsed.success || claims.exp > latestExp) {
        throw new AppError('unauthorized');
      }
      const { service } = parsed.data;
      return { ...key, scopes: key.scopes.filter((scope) => service.includes(scope)) };
    },
  };
}

/** Whose token it says it is; undefined for what is no token of an API key. */
function findKeyId(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return iss !== undefined && API_KEY_ID.test(iss) ? iss : undefined;
  } catch {
    // Not even a JWT: the verification says so.
    return undefined;
  }
}

async function verify(token: string, secret: string, now: number): Promise<KeySigned['claims']> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      requiredClaims: ['iss', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now),
    });
    return payload as KeySigned['claims'];
  } catch (error) {
    // The fault may quote the token: it must not reach a log as a cause.
    throw new AppError(error instanceof errors.JWTExpired ? 'token_expired' : 'unauthorized');
  }
}
