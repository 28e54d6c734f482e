import type {
  Identity,
  MuteTrackRequest,
  Page,
  RoomBan,
  RoomId,
  ServiceParticipant,
  TrackInfo,
  UpdateServiceParticipantRequest,
  UpdateSubscriptionsRequest,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { readCursor, toPage } from '../../kernel/cursor.ts';
import type { UserId } from '../../kernel/route.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Bans } from '../moderation/bans.ts';
import { type Moderation, personOf } from '../moderation/moderation.ts';
import type { ExternalUsers } from '../projects/external-users.ts';
import { userIdOf } from '../projects/user-id.ts';
import type { Participants } from '../rooms/participants.ts';
import type { RoomOwner } from '../rooms/project-rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Deliveries } from '../tracks/deliveries.ts';
import type { Tracks } from '../tracks/tracks.ts';

export interface ServiceParticipantsOptions {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly tracks: Pick<Tracks, 'setMuted'>;
  readonly deliveries: Pick<Deliveries, 'setSubscribed'>;
  readonly participants: Pick<Participants, 'giveRole'>;
  readonly moderation: Pick<Moderation, 'sendOut'>;
  readonly bans: Pick<Bans, 'add' | 'remove' | 'list'>;
  readonly users: ExternalUsers;
}

/** A person, as those know them who are to know why they are not let in. */
interface Person {
  readonly userId: UserId;
  readonly name: string;
}

/**
 * Who is in a room, for the application's backend. People are looked for in this process, which
 * has to be the one that carries the room's media; sending out and bans hold everywhere.
 */
export class ServiceParticipants {
  readonly #options: ServiceParticipantsOptions;

  constructor(options: ServiceParticipantsOptions) {
    this.#options = options;
  }

  /**
   * Those who came last come first; who is hidden is among them.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(roomId: RoomId, cursor: string | null, limit: number): Page<ServiceParticipant> {
    const after = cursor === null ? null : readCursor(cursor);
    const rows = (this.#options.sessions.findRoom(roomId)?.stays() ?? [])
      .map((stay) => ({ stay, at: stay.joinedAt.toISOString(), id: stay.participantId }))
      .sort((one, other) => (isBefore(one, other) ? 1 : -1))
      .filter((row) => after === null || isBefore(row, after));
    return toPage(
      rows,
      limit,
      ({ stay }) => this.#describe(stay),
      ({ at, id }) => ({ at, id }),
    );
  }

  /** @throws AppError `not_found`. */
  get(roomId: RoomId, identity: Identity): ServiceParticipant {
    return this.#describe(this.find(roomId, identity));
  }

  /** @throws AppError `not_found`; `invalid_request` for more attributes than there may be. */
  async update(
    { serviceUserId }: RoomOwner,
    roomId: RoomId,
    identity: Identity,
    { role, grants, ...seen }: UpdateServiceParticipantRequest,
  ): Promise<ServiceParticipant> {
    const { sessions, participants } = this.#options;
    const stay = this.find(roomId, identity);
    sessions.updateParticipant(stay, seen);
    if (role !== undefined && role !== stay.ticket.role) {
      await sessions.recordArrival(stay);
      await participants.giveRole(roomId, serviceUserId, stay.ticket.userId, role);
    }
    if (grants !== undefined) {
      const given = Object.entries(grants).filter(([, value]) => value !== undefined);
      sessions.setGrants(stay, { ...stay.ticket.grants, ...Object.fromEntries(given) });
    }
    return this.#describe(stay);
  }

  /**
   * Sends somebody out, in whatever process they are, and voids the tokens that they have for
   * the room by now, also of who is not there.
   *
   * @param banReason They may not come back, because of this; null lets them.
   * @throws AppError `unavailable`.
   */
  async remove(
    owner: RoomOwner,
    roomId: RoomId,
    identity: Identity,
    banReason: string | null,
  ): Promise<void> {
    const { sessions, moderation, bans } = this.#options;
    const stay = sessions.findStay(roomId, identity);
    if (banReason !== null) {
      const bannedBy = owner.serviceUserId;
      const { userId, name } =
        stay === undefined
          ? await this.#findPerson(owner, identity)
          : { userId: personOf(stay.ticket), name: stay.ticket.name };
      const ban = { roomId, userId, identity, name, bannedBy, reason: banReason };
      await bans.add(owner.serviceUserId, ban);
    }
    const userIds =
      stay === undefined ? this.#candidates(owner, identity) : [personOf(stay.ticket)];
    for (const userId of userIds) {
      await moderation.sendOut(roomId, userId);
    }
  }

  /** The latest first. */
  async listBans({ serviceUserId }: RoomOwner, roomId: RoomId): Promise<readonly RoomBan[]> {
    return await this.#options.bans.list(serviceUserId, roomId);
  }

  /** @throws AppError `not_found` where nobody of this identity is banned. */
  async liftBan({ serviceUserId }: RoomOwner, roomId: RoomId, identity: Identity): Promise<void> {
    if (!(await this.#options.bans.remove(serviceUserId, roomId, identity))) {
      throw new AppError('not_found', 'Nobody of this identity is banned');
    }
  }

  /**
   * Mutes a track; its owner may unmute it.
   *
   * @throws AppError `not_found`, `track_not_found`; `forbidden` for unmuting.
   */
  async mute(
    roomId: RoomId,
    identity: Identity,
    { trackId, isMuted }: MuteTrackRequest,
  ): Promise<TrackInfo> {
    const stay = this.find(roomId, identity);
    const find = (): TrackInfo => {
      const track = this.#tracksOf(stay).find((one) => one.trackId === trackId);
      if (track === undefined) {
        throw new AppError('track_not_found');
      }
      return track;
    };
    const track = find();
    if (track.isMuted === isMuted) {
      return track;
    }
    if (!isMuted) {
      throw new AppError('forbidden', 'Nobody is unmuted from afar');
    }
    await this.#options.tracks.setMuted(stay, trackId, true);
    stay.connection.send('trackModerated', { trackId, action: 'muted', by: null });
    return find();
  }

  /** @throws AppError `not_found`; `forbidden` for who may receive nothing. */
  async updateSubscriptions(
    roomId: RoomId,
    identity: Identity,
    { trackIds, isSubscribed }: UpdateSubscriptionsRequest,
  ): Promise<void> {
    const stay = this.find(roomId, identity);
    await this.#options.deliveries.setSubscribed(stay, trackIds, isSubscribed);
  }

  /** Who is in the room by this identity. @throws AppError `not_found`. */
  find(roomId: RoomId, identity: Identity): Stay {
    const stay = this.#options.sessions.findStay(roomId, identity);
    if (stay === undefined) {
      throw new AppError('not_found', 'Nobody of this identity is in the room');
    }
    return stay;
  }

  /** The user behind an identity, also of who is in another process. */
  userIdOf({ projectId }: RoomOwner, roomId: RoomId, identity: Identity): UserId {
    const stay = this.#options.sessions.findStay(roomId, identity);
    return stay?.ticket.userId ?? userIdOf(projectId, identity);
  }

  /** Guests have no other identity than the id of their user. */
  #candidates({ projectId }: RoomOwner, identity: Identity): readonly UserId[] {
    const userId = userIdOf(projectId, identity);
    return isUuid(identity) ? [userId, identity.toLowerCase()] : [userId];
  }

  /** Whom an identity means who is not there, who is made known where nobody knows them yet. */
  async #findPerson(owner: RoomOwner, identity: Identity): Promise<Person> {
    const candidates = this.#candidates(owner, identity);
    const known = await this.#options.database.asUser(owner.serviceUserId, (db) =>
      db.query<{ readonly id: UserId; readonly name: string }>(
        `SELECT id, concat_ws(' ', NULLIF(first_name, ''), NULLIF(last_name, '')) AS name
         FROM users WHERE id = ANY ($1) AND project_id = $2`,
        [candidates, owner.projectId],
      ),
    );
    const found = candidates.flatMap((id) => known.find((one) => one.id === id) ?? [])[0];
    if (found !== undefined) {
      return { userId: found.id, name: found.name };
    }
    const userId = await this.#options.users.add(owner.projectId, identity, identity);
    return { userId, name: identity };
  }

  #describe(stay: Stay): ServiceParticipant {
    const { participantId, joinedAt, ticket } = stay;
    const { identity, name, metadata, attributes, role, grants, roomId } = ticket;
    const info = this.#options.sessions.findRoom(roomId)?.infoOf(participantId);
    return {
      participantId,
      identity,
      name,
      metadata,
      attributes,
      role,
      grants,
      joinedAt: joinedAt.toISOString(),
      handRaisedAt: info?.handRaisedAt ?? null,
      tracks: info?.tracks ?? [],
    };
  }

  #tracksOf({ participantId, ticket: { roomId } }: Stay): readonly TrackInfo[] {
    return this.#options.sessions.findRoom(roomId)?.tracksOf(participantId) ?? [];
  }
}

interface Place {
  readonly at: string;
  readonly id: string;
}

function isBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}
