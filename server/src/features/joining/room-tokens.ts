import { PARTICIPANT_ROLES } from '@balai/protocol';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import {
  type IssuedToken,
  issueToken,
  type TokenKey,
  type TokenKind,
  verifyToken,
} from '../../kernel/token.ts';
import { grantsSchema } from './grants-schema.ts';

const claims = z.object({
  room: z.string(),
  name: z.string(),
  role: z.enum(PARTICIPANT_ROLES),
  /** The signed-in session; absent for guests. */
  sid: z.string().optional(),
  grants: grantsSchema,
  /** Of people whom an application vouches for; absent for our own accounts and guests. */
  person: z
    .object({
      project: z.string(),
      user: z.string(),
      bearer: z.string().optional(),
      metadata: z.string(),
      attributes: z.record(z.string(), z.string()),
    })
    .optional(),
  /** The token that this one renews, or the first of several; absent for a first one. */
  origin: z.object({ id: z.string(), at: z.number() }).optional(),
  /** Present for who was moved to the room. */
  expected: z.literal(true).optional(),
  /** When the room of a connection check ends; absent for rooms that people meet in. */
  check: z.int().optional(),
  /** From where it was opened. */
  net: z.string().optional(),
});

/** `typ` in the header of room tokens, and of no other token. */
export const ROOM_TOKEN_TYPE = 'room+jwt';

const ROOM_TOKEN: TokenKind<z.output<typeof claims>> = {
  type: ROOM_TOKEN_TYPE,
  audience: 'balai:room',
  lifetimeMs: 10 * 60_000,
  claims,
};

/** Issues and checks room tokens: EdDSA JWTs, good for 10 minutes, that let somebody into a room. */
export interface RoomTokens {
  issue(ticket: RoomTicket): Promise<IssuedToken>;
  /**
   * Knows nothing of the room and of the session: both may have ended since.
   *
   * @throws AppError `token_expired`, `unauthorized`.
   */
  verify(token: string): Promise<RoomTicket>;
}

/** Tokens signed with this key. */
export function createRoomTokens(key: TokenKey, clock: Clock): RoomTokens {
  return {
    issue(ticket) {
      const { projectId, userId, bearerId, roomId, identity, sessionId, name, role } = ticket;
      const { grants, metadata, attributes, checkEndsAt, checkNetwork, tokenId, issuedAt } = ticket;
      const { isExpected } = ticket;
      return issueToken(ROOM_TOKEN, key, clock, identity, {
        room: roomId,
        name,
        role,
        grants,
        ...(sessionId === null ? {} : { sid: sessionId }),
        ...(projectId === null
          ? {}
          : {
              person: { project: projectId, user: userId, bearer: bearerId, metadata, attributes },
            }),
        // What voids the first token voids those that came of it.
        ...(tokenId === null ? {} : { origin: { id: tokenId, at: issuedAt } }),
        ...(isExpected ? { expected: true } : {}),
        ...(checkEndsAt === undefined ? {} : { check: checkEndsAt }),
        ...(checkNetwork === undefined ? {} : { net: checkNetwork }),
      });
    },
    async verify(token) {
      const verified = await verifyToken(ROOM_TOKEN, key, clock, token);
      const { subject, tokenId, issuedAt } = verified;
      const { room, name, role, grants, sid, person, origin, check, net } = verified.claims;
      const { expected } = verified.claims;
      return {
        projectId: person?.project ?? null,
        userId: person?.user ?? subject,
        metadata: person?.metadata ?? '',
        attributes: person?.attributes ?? {},
        tokenId: origin?.id ?? tokenId,
        issuedAt: origin?.at ?? issuedAt,
        ...(person?.bearer === undefined ? {} : { bearerId: person.bearer }),
        roomId: room,
        identity: subject,
        sessionId: sid ?? null,
        name,
        role,
        grants,
        ...(expected ? { isExpected: true } : {}),
        ...(check === undefined ? {} : { checkEndsAt: check }),
        ...(net === undefined ? {} : { checkNetwork: net }),
      };
    },
  };
}
