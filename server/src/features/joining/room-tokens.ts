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

const claims = z.object({
  room: z.string(),
  name: z.string(),
  role: z.enum(PARTICIPANT_ROLES),
  /** The signed-in session; absent for guests. */
  sid: z.string().optional(),
  grants: z.object({
    publish: z.object({ audio: z.boolean(), video: z.boolean(), screen: z.boolean() }),
    subscribe: z.boolean(),
    data: z.boolean(),
    moderate: z.boolean(),
  }),
  /** When the room of a connection check ends; absent for rooms that people meet in. */
  check: z.int().optional(),
  /** From where it was opened. */
  net: z.string().optional(),
});

const ROOM_TOKEN: TokenKind<z.output<typeof claims>> = {
  type: 'room+jwt',
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
    issue({ roomId, identity, sessionId, name, role, grants, checkEndsAt, checkNetwork }) {
      return issueToken(ROOM_TOKEN, key, clock, identity, {
        room: roomId,
        name,
        role,
        grants,
        ...(sessionId === null ? {} : { sid: sessionId }),
        ...(checkEndsAt === undefined ? {} : { check: checkEndsAt }),
        ...(checkNetwork === undefined ? {} : { net: checkNetwork }),
      });
    },
    async verify(token) {
      const { subject, claims: said } = await verifyToken(ROOM_TOKEN, key, clock, token);
      const { room, name, role, grants, sid, check, net } = said;
      return {
        roomId: room,
        identity: subject,
        sessionId: sid ?? null,
        name,
        role,
        grants,
        ...(check === undefined ? {} : { checkEndsAt: check }),
        ...(net === undefined ? {} : { checkNetwork: net }),
      };
    },
  };
}
