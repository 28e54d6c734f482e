/** A project of the signed-in person: an application that brings its own users. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly createdAt: string;
}

/** What its owner changes about a project: issuer and JWKS URL are there both, or neither is. */
export type ProjectChanges = Pick<Project, 'name' | 'issuer' | 'jwksUrl'>;

/** What a key may do, and what people read about it. */
export const SCOPES = {
  tokens: 'Sign tokens that let people into rooms',
  'rooms:read': 'See rooms',
  'rooms:write': 'Make, change and end rooms',
  'participants:read': 'See who is in rooms',
  'participants:write': 'Mute, change, move and send out people',
  data: 'Send data into rooms',
} as const;

export type Scope = keyof typeof SCOPES;
/** All that there are, in the order in which they are shown. */
export const ALL_SCOPES = Object.keys(SCOPES) as readonly Scope[];

/** A key of a project, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  /** Null if never. */
  readonly lastUsedAt: string | null;
  /** Null while it is valid. */
  readonly revokedAt: string | null;
}

/** A key that was just made. */
export interface CreatedKey extends ApiKey {
  /** Never told again. */
  readonly secret: string;
}
