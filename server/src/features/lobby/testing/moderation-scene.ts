import type { ParticipantRole, RoomBan, RoomId, TrackSource } from '@balai/protocol';
import { GRANTS_OF_ROLE } from '../../joining/role-grants.ts';
import type { Bans, NewBan } from '../../moderation/bans.ts';
import { Moderation, personOf } from '../../moderation/moderation.ts';
import type { LedRules, RoomRules } from '../../moderation/room-rules.ts';
import { Signs } from '../../moderation/signs.ts';
import { Stage } from '../../moderation/stage.ts';
import { FAKE_RTP_PARAMETERS } from '../../sessions/testing/fake-media-plane.ts';
import { NO_INQUIRIES } from '../../sessions/testing/no-inquiries.ts';
import { type Actor, Scene } from '../../sessions/testing/scene.ts';
import { Tracks } from '../../tracks/tracks.ts';
import type { Admissions } from '../admissions.ts';
import { Lobby } from '../lobby.ts';
import { createLobbyElsewhere } from '../lobby-elsewhere.ts';

const HOST = 'host';

/** Bans in memory. */
class FakeBans implements Bans {
  readonly all: NewBan[] = [];

  async add(_hostId: string, ban: NewBan): Promise<void> {
    this.all.push(ban);
  }

  async remove(_hostId: string, _roomId: RoomId, identity: string): Promise<boolean> {
    const index = this.all.findIndex((ban) => ban.identity === identity);
    return index >= 0 && this.all.splice(index, 1).length > 0;
  }

  async list(): Promise<readonly RoomBan[]> {
    return this.all.map(({ identity, name, reason }) => ({
      identity,
      name,
      reason,
      bannedAt: new Date(0).toISOString(),
    }));
  }

  async findEntry(_roomId: RoomId, userId: string) {
    return {
      isBanned: this.all.some((ban) => ban.userId === userId),
      isRecent: false,
      given: null,
    };
  }
}

/** Admissions in memory. */
export class FakeAdmissions implements Admissions {
  readonly #known = new Set<string>();

  async add(roomId: RoomId, userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      this.#known.add(`${roomId} ${userId}`);
    }
  }

  async has(roomId: RoomId, userId: string): Promise<boolean> {
    return this.#known.has(`${roomId} ${userId}`);
  }

  async forget(roomId: RoomId, userId: string): Promise<void> {
    this.#known.delete(`${roomId} ${userId}`);
  }
}

/** A meeting that is led, on fakes. */
export class ModerationScene extends Scene {
  rules: RoomRules = {
    metadata: '',
    projectId: null,
    duplicateIdentity: 'replace',
    breakoutOf: null,
    isLocked: false,
    spotlight: [],
    hasLobby: false,
    isStage: false,
    hasReactions: true,
    hasHandRaising: true,
  };
  /** Milliseconds since 1970, for what is led; the sessions have the machine's own clock. */
  now = 1_000_000;
  readonly bans = new FakeBans();
  readonly admissions = new FakeAdmissions();
  /** Whose tokens are void. */
  readonly revoked: string[] = [];
  /** Rooms of which it was announced that they are another now. */
  readonly announced: RoomId[] = [];
  /** Throws for whom the door of the lobby is shut. */
  assertWelcome: (userId: string) => void = () => undefined;
  readonly tracks = new Tracks(this.media, this.sessions, this.logger);
  readonly moderation: Moderation;
  readonly signs: Signs;
  readonly stage: Stage;
  readonly lobby: Lobby;

  constructor() {
    super();
    const { sessions, tracks } = this;
    const clock = () => this.now;
    const rules = {
      find: async () => this.rules,
      write: async (_hostId: string, _roomId: RoomId, led: LedRules) => {
        this.rules = { ...this.rules, ...led };
      },
    };
    const giveRole = async (
      roomId: RoomId,
      _actorId: string,
      userId: string,
      role: ParticipantRole,
    ) => {
      sessions.setRole(roomId, userId, role, GRANTS_OF_ROLE[role]);
      const joinedAt = new Date(0).toISOString();
      return { identity: userId, name: userId, role, isGuest: true, joinedAt, leftAt: null };
    };
    this.moderation = new Moderation({
      sessions,
      tracks,
      rooms: { get: async (id) => ({ ...EMPTY_ROOM, id }) },
      participants: { giveRole },
      bans: this.bans,
      roomsOfMeeting: async (id) => [id],
      rules,
      change: (_roomId, work) => work(),
      revokeTokens: async (_roomId, userId) => {
        this.revoked.push(userId);
      },
      announceSentOut: (roomId, userId) => {
        for (const stay of sessions.findRoom(roomId)?.stays() ?? []) {
          if (personOf(stay.ticket) === userId) {
            sessions.end(stay, 'participant_removed');
          }
        }
      },
      announceRoom: (roomId) => this.announced.push(roomId),
    });
    this.signs = new Signs({ sessions, broadcast: this.hub.broadcast, rules, clock });
    this.stage = new Stage({ sessions, participants: { giveRole }, signs: this.signs, clock });
    this.lobby = new Lobby({
      sessions,
      rules,
      admissions: this.admissions,
      assertOpen: async () => undefined,
      door: {
        settle: async (ticket) => ticket,
        admit: async (ticket) => {
          this.assertWelcome(ticket.userId);
          return ticket;
        },
      },
      elsewhere: createLobbyElsewhere(NO_INQUIRIES, () => undefined),
      clock,
      logger: this.logger,
    });
  }

  /** Somebody of this role comes into the hall; their name is their identity, unless it is given. */
  async enter(role: ParticipantRole, identity: string = role): Promise<Actor> {
    const ticket = this.ticket(identity, 'hall', GRANTS_OF_ROLE[role]);
    return await this.join(identity, { ...ticket, role });
  }

  /** Publishes a track that is not muted. */
  publish({ stay }: Actor, source: TrackSource = 'microphone'): Promise<string> {
    return this.tracks.publish(stay, {
      clientTrackId: source,
      source,
      name: '',
      isMuted: false,
      width: 0,
      height: 0,
      rtpParameters: FAKE_RTP_PARAMETERS,
    });
  }
}

const EMPTY_ROOM = {
  name: 'Hall',
  description: null,
  hostId: HOST,
  status: 'active',
  hasPassword: false,
  guestsAllowed: true,
  maxUsers: 10,
  createdAt: new Date(0).toISOString(),
  scheduledAt: null,
  endedAt: null,
} as const;
