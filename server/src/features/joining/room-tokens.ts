import { type Grants, LIMITS, PARTICIPANT_ROLES } from '@balai/protocol';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { GrantLimits, RoomTicket } from '../../kernel/route.ts';
import {
  type IssuedToken,
  issueToken,
  type TokenKey,
  type TokenKind,
  verifyToken,
} from '../../kernel/token.ts';
import { grantsSchema, someLimits } from './grants-schema.ts';

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
    })
    .optional(),
  /** Present where an application bounds what roles give; what is absent in it is as in `grants`. */
  limits: someLimits.optional(),
  /** What they say of themselves; absent where it is nothing, or too much for a token. */
  seen: z
    .object({
      metadata: z.string().optional(),
      attributes: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  /** The token that this one renews, or the first of several; absent for a first one. */
  origin: z.object({ id: z.string().optional(), at: z.number() }).optional(),
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
  /**
   * What somebody says of themselves is in it as far as it fits: the token is never longer
   * than `LIMITS.roomToken`.
   */
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
    async issue(ticket) {
      const claimed = claimsOf(ticket);
      for (const seen of seenOf(ticket)) {
        const claimsToo = { ...claimed, seen };
        const issued = await issueToken(ROOM_TOKEN, key, clock, ticket.identity, claimsToo);
        if (issued.token.length <= LIMITS.roomToken) {
          return issued;
        }
      }
      return await issueToken(ROOM_TOKEN, key, clock, ticket.identity, claimed);
    },
    async verify(token) {
      const verified = await verifyToken(ROOM_TOKEN, key, clock, token);
      const { subject, tokenId, issuedAt } = verified;
      const { room, name, role, grants, sid, person, seen, origin, check, net } = verified.claims;
      const { expected, limits } = verified.claims;
      return {
        projectId: person?.project ?? null,
        userId: person?.user ?? subject,
        metadata: seen?.metadata ?? '',
        attributes: seen?.attributes ?? {},
        tokenId: origin === undefined ? tokenId : (origin.id ?? null),
        issuedAt: origin?.at ?? issuedAt,
        ...(person?.bearer === undefined ? {} : { bearerId: person.bearer }),
        roomId: room,
        identity: subject,
        sessionId: sid ?? null,
        name,
        role,
        grants,
        ...(limits === undefined ? {} : { limits: wholeLimits(limits, grants) }),
        ...(expected ? { isExpected: true } : {}),
        ...(check === undefined ? {} : { checkEndsAt: check }),
        ...(net === undefined ? {} : { checkNetwork: net }),
      };
    },
  };
}

function claimsOf(ticket: RoomTicket): z.output<typeof claims> {
  const { projectId, userId, bearerId, roomId, sessionId, name, role, grants } = ticket;
  const { checkEndsAt, checkNetwork, tokenId, issuedAt, isExpected, limits } = ticket;
  return {
    room: roomId,
    name,
    role,
    grants,
    ...(sessionId === null ? {} : { sid: sessionId }),
    ...(projectId === null
      ? {}
      : { person: { project: projectId, user: userId, bearer: bearerId } }),
    ...(limits === undefined ? {} : { limits: differingLimits(limits, grants) }),
    // What voids the first token voids those that came of it, also where it has no id.
    ...(tokenId === null && issuedAt === 0
      ? {}
      : { origin: { ...(tokenId === null ? {} : { id: tokenId }), at: issuedAt } }),
    ...(isExpected ? { expected: true } : {}),
    ...(checkEndsAt === undefined ? {} : { check: checkEndsAt }),
    ...(checkNetwork === undefined ? {} : { net: checkNetwork }),
  };
}

/** Limits as a token has them: topics are long, and mostly the same in both. */
function differingLimits(limits: GrantLimits, grants: Grants): Partial<GrantLimits> {
  const differs = (name: keyof GrantLimits): boolean =>
    JSON.stringify(limits[name]) !== JSON.stringify(grants[name]);
  return {
    ...(differs('publish') ? { publish: limits.publish } : {}),
    ...(differs('subscribe') ? { subscribe: limits.subscribe } : {}),
    ...(differs('data') ? { data: limits.data } : {}),
    ...(differs('updateSelf') ? { updateSelf: limits.updateSelf } : {}),
  };
}

/** Undoes `differingLimits`. */
function wholeLimits(
  { publish, subscribe, data, updateSelf }: z.output<typeof someLimits>,
  grants: Grants,
): GrantLimits {
  return {
    publish: publish ?? grants.publish,
    subscribe: subscribe ?? grants.subscribe,
    data: data ?? grants.data,
    updateSelf: updateSelf ?? grants.updateSelf,
  };
}

/** What of it a token may hold, all of it first. */
function seenOf({
  metadata,
  attributes,
}: RoomTicket): NonNullable<z.output<typeof claims>['seen']>[] {
  const hasAttributes = Object.keys(attributes).length > 0;
  return [
    ...(metadata !== '' && hasAttributes ? [{ metadata, attributes }] : []),
    ...(hasAttributes ? [{ attributes }] : []),
    ...(metadata === '' ? [] : [{ metadata }]),
  ];
}
