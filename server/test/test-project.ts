import type {
  CreatedApiKey,
  CreateProjectRequest,
  ErrorAnswer,
  KeyScope,
  Project,
  RoomGrantClaims,
  SignedIn,
} from '@balai/protocol';
import { SignJWT } from 'jose';
import type { TestApi } from './test-api.ts';

/** An application that embeds Balai. */
export interface TestProject {
  readonly project: Project;
  readonly owner: Required<SignedIn>;
  /** With every scope, unless others were asked for. */
  readonly key: CreatedApiKey;
}

/** Makes a project with a key, over REST. @throws Error with the code. */
export async function createTestProject(
  api: TestApi,
  {
    scopes,
    ...request
  }: Partial<CreateProjectRequest> & { readonly scopes?: readonly KeyScope[] } = {},
): Promise<TestProject> {
  const owner = await api.signUp('Olga');
  const { accessToken: token } = owner;
  const made = await api.request<Project & ErrorAnswer>('/v1/projects', {
    token,
    body: { name: 'Application', ...request },
  });
  if (made.status !== 201) {
    throw new Error(made.body.error.code);
  }
  return { project: made.body, owner, key: await createTestKey(api, owner, made.body, scopes) };
}

/** Another key of a project. */
export async function createTestKey(
  api: TestApi,
  owner: Required<SignedIn>,
  project: Project,
  scopes?: readonly KeyScope[],
): Promise<CreatedApiKey> {
  const made = await api.request<CreatedApiKey>(`/v1/projects/${project.id}/keys`, {
    token: owner.accessToken,
    body: { name: 'backend', ...(scopes === undefined ? {} : { scopes }) },
  });
  return made.body;
}

/** Claims of a token for Alice that nothing is wrong with, but for what is said. */
export function roomClaims(
  api: TestApi,
  room: Partial<RoomGrantClaims> & Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const nowS = Math.floor(api.world.now / 1_000);
  return {
    sub: 'alice',
    iat: nowS,
    exp: nowS + 600,
    room: { name: 'Daily', join: true, ...room },
    ...more,
  };
}

/** Signs any claims as an application's backend does. */
export async function signWith(
  key: Pick<CreatedApiKey, 'id' | 'secret'>,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  return await new SignJWT({ iss: key.id, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(key.secret));
}

/** The token of a backend's request. */
export async function signRequest(
  api: TestApi,
  key: CreatedApiKey,
  scopes: readonly KeyScope[] = key.scopes,
): Promise<string> {
  const nowS = Math.floor(api.world.now / 1_000);
  return await signWith(key, { iat: nowS, exp: nowS + 60, service: scopes });
}
