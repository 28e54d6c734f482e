import { randomUUID } from 'node:crypto';
import type {
  Identity,
  JoinAnswer,
  JoinInfo,
  ParticipantRole,
  Room,
  RoomId,
  RtpCapabilities,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { verifyPassword } from '../../kernel/password.ts';
import { ticketOf } from '../../kernel/room-ticket.ts';
import type { Caller } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Door } from '../moderation/door.ts';
import type { RoomRulesDesk } from '../moderation/room-rules.ts';
import { insertGuest } from './guest-rows.ts';
import { chooseIceServers, type IceOptions } from './ice-servers.ts';
import type { PasswordLimits } from './password-limits.ts';
import { GRANTS_OF_ROLE } from './role-grants.ts';
import type { RoomTokens } from './room-tokens.ts';

export interface JoinAttempt {
  /** As the client wrote it. */
  readonly roomId: RoomId;
  /** Null for a guest. Who is signed in is one too in a room of an application. */
  readonly caller: Caller | null;
  readonly password: string | undefined;
  /** Required for guests; others are called by the name of their account without it. */
  readonly name: string | undefined;
  /** Whom limits count. */
  readonly network: string;
  /** Where the client reached the server. */
  readonly origin: string;
}

/** Gives people the token with which they get into a room. */
export interface Joining {
  /**
   * @throws AppError `shutting_down`, `room_not_found`, `room_ended`,
   * `guests_not_allowed`, `invalid_request` for a guest without a name,
   * `room_password_required`, `wrong_room_password`, `rate_limited`, `room_full`,
   * `banned`, `room_locked`.
   */
  join(attempt: JoinAttempt): Promise<JoinAnswer>;

  /**
   * What somebody needs who got the room token elsewhere.
   *
   * @param endsAt When the room ends, in milliseconds since 1970, where it exists for a check.
   */
  describe(identity: Identity, origin: string, endsAt?: number): JoinInfo;
}

export interface JoiningDependencies {
  readonly database: Database;
  /** @throws AppError `room_not_found`. */
  readonly getRoom: (roomId: RoomId) => Promise<Room>;
  /** Null for a room without password. */
  readonly findPasswordHash: (roomId: RoomId) => Promise<string | null>;
  /** The role that a returning person has in the room; undefined for who was never there. */
  readonly findRole: (roomId: RoomId, identity: Identity) => Promise<ParticipantRole | undefined>;
  readonly findRules: RoomRulesDesk['find'];
  readonly assertAdmissible: Door['assertAdmissible'];
  /** @throws AppError `unauthorized` when the account is not active. */
  readonly getName: (userId: Identity) => Promise<string>;
  /**
   * Whether this identity would find a seat now. An early, friendly answer; the
   * seat itself is taken at the handshake.
   */
  readonly hasSeat: (roomId: RoomId, identity: Identity, maxUsers: number) => Promise<boolean>;
  readonly getRouterCapabilities: () => RtpCapabilities;
  readonly isDraining: () => boolean;
  readonly tokens: RoomTokens;
  readonly limits: PasswordLimits;
  readonly ice: IceOptions;
}

/** Joining, up to the socket. */
export function createJoining(dependencies: JoiningDependencies): Joining {
  const { database, getRoom, findPasswordHash, getName, hasSeat, tokens, limits } = dependencies;

  const checkPassword = async (room: Room, attempt: JoinAttempt): Promise<void> => {
    const { password, network } = attempt;
    const roomId = room.id;
    if (!room.hasPassword || room.hostId === attempt.caller?.userId) {
      return;
    }
    if (password === undefined || password === '') {
      throw new AppError('room_password_required');
    }
    const isRight = await limits.check(roomId, network, async () => {
      const hash = await findPasswordHash(roomId);
      // The host may have taken the password away a moment ago.
      return hash === null || (await verifyPassword(hash, password));
    });
    if (!isRight) {
      throw new AppError('wrong_room_password');
    }
  };

  /** Who is new is a participant; in a room with a stage, a listener. */
  const chooseRole = async (room: Room, caller: Caller | null): Promise<ParticipantRole> => {
    if (caller !== null && room.hostId === caller.userId) {
      return 'host';
    }
    const role = caller === null ? undefined : await dependencies.findRole(room.id, caller.userId);
    return role ?? ((await dependencies.findRules(room.id)).isStage ? 'listener' : 'participant');
  };

  const describe = (identity: Identity, origin: string, endsAt?: number): JoinInfo => ({
    url: origin,
    iceServers: chooseIceServers(dependencies.ice, identity, endsAt),
    routerCapabilities: dependencies.getRouterCapabilities(),
  });

  return {
    describe,

    async join(attempt) {
      if (dependencies.isDraining()) {
        throw new AppError('shutting_down');
      }
      const room = await getRoom(attempt.roomId);
      // As the database writes it: a UUID may be asked for in upper case too, and
      // limits, seats and live rooms must not take that for another room.
      const roomId = room.id;
      if (room.status !== 'active') {
        throw new AppError('room_ended');
      }
      const { projectId, breakoutOf } = await dependencies.findRules(roomId);
      // Into a breakout room one is sent; the way in is that of its room.
      if (breakoutOf !== null) {
        throw new AppError('room_not_found');
      }
      // The people of an application are its own: an account of this server comes as a guest.
      const caller = projectId === null ? attempt.caller : null;
      if (caller === null && !room.guestsAllowed) {
        throw new AppError('guests_not_allowed');
      }
      const account = attempt.caller;
      const name = attempt.name ?? (account === null ? undefined : await getName(account.userId));
      if (name === undefined) {
        throw new AppError('invalid_request', undefined, {
          details: ['body.name: is required for guests'],
        });
      }
      await checkPassword(room, attempt);
      const identity = caller?.userId ?? randomUUID();
      const role = await chooseRole(room, caller);
      const grants = GRANTS_OF_ROLE[role];
      await dependencies.assertAdmissible({ roomId, userId: identity, role, grants });
      if (!(await hasSeat(roomId, identity, room.maxUsers))) {
        throw new AppError('room_full');
      }
      if (caller === null) {
        await database.asUser(identity, (db) => insertGuest(db, roomId, name));
      }
      const sessionId = caller?.sessionId ?? null;
      const ticket = ticketOf({ projectId, roomId, identity, sessionId, name, role, grants });
      const { token, expiresAt } = await tokens.issue(ticket);
      return {
        ...describe(identity, attempt.origin),
        token,
        tokenExpiresAt: expiresAt.toISOString(),
        room,
        identity,
        name,
        grants,
      };
    },
  };
}
