import type { SessionInfo, SignedIn, User } from '@balai/protocol';
import { z } from 'zod';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';

/** An account on the wire. */
export const userSchema = exactly<User>()(
  z
    .strictObject({
      id: uuid,
      email: z.string(),
      isEmailVerified: z.boolean(),
      firstName: z.string(),
      lastName: z.string(),
      avatarUrl: z.string().nullable(),
      isAdmin: z.boolean(),
      createdAt: timestamp,
    })
    .meta({ id: 'User' }),
);

/** What signing in answers. */
export const signedInSchema = exactly<SignedIn>()(
  z
    .strictObject({
      user: userSchema,
      accessToken: z.string(),
      accessTokenExpiresAt: timestamp,
      refreshToken: z.string().optional(),
    })
    .meta({ id: 'SignedIn' }),
);

/** The sessions of a person on the wire. */
export const sessionPage: z.ZodType<{ readonly items: readonly SessionInfo[] }> = pageOf(
  'SessionPage',
  z
    .strictObject({
      id: uuid,
      isCurrent: z.boolean(),
      address: z.string().nullable(),
      userAgent: z.string().nullable(),
      createdAt: timestamp,
      lastUsedAt: timestamp,
      expiresAt: timestamp,
    })
    .meta({ id: 'SessionInfo' }),
);

/** E-mail address in lower case. */
export const email = z.string().trim().toLowerCase().max(255).pipe(z.email());

/** A password that is chosen now. */
export const newPassword = z.string().min(8).max(200);

/** A password that is compared: a wrong one is wrong, not malformed. */
export const givenPassword = z.string().min(1).max(200);

/** The token of a mail. */
export const mailToken = z.string().min(1).max(200);
