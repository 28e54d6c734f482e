import type {
  Identity,
  MuteTrackRequest,
  RoomId,
  RpcOutcome,
  ServiceParticipant,
  TrackInfo,
  UpdateServiceParticipantRequest,
  UpdateSubscriptionsRequest,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { ListPosition } from '../../kernel/cursor.ts';
import type { UserId } from '../../kernel/route.ts';
import type { CallContents, Calls } from '../data/calls.ts';
import type { Participants } from '../rooms/participants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Deliveries } from '../tracks/deliveries.ts';
import type { Tracks } from '../tracks/tracks.ts';

export interface ParticipantsHereOptions {
  readonly sessions: Sessions;
  readonly tracks: Pick<Tracks, 'setMuted'>;
  readonly deliveries: Pick<Deliveries, 'setSubscribed'>;
  readonly participants: Pick<Participants, 'giveRole'>;
  readonly calls: Pick<Calls, 'callFromBackend'>;
}

/** Somebody in a room, as a backend names them. */
export interface Named {
  readonly roomId: RoomId;
  readonly identity: Identity;
}

/** What becomes of somebody, and who says so. */
export interface ParticipantUpdate extends UpdateServiceParticipantRequest {
  readonly actorId: UserId;
}

/**
 * The people of rooms who are in this process, for the application's backend. Every method that
 * is about somebody throws AppError `not_found` for who is not.
 */
export class ParticipantsHere {
  readonly #options: ParticipantsHereOptions;

  constructor(options: ParticipantsHereOptions) {
    this.#options = options;
  }

  has({ roomId, identity }: Named): boolean {
    return this.#options.sessions.findStay(roomId, identity) !== undefined;
  }

  /** Those who came last come first; who is hidden is among them. */
  list(roomId: RoomId, after: ListPosition | null, limit: number): readonly ServiceParticipant[] {
    return (this.#options.sessions.findRoom(roomId)?.stays() ?? [])
      .map((stay) => ({ stay, place: placeOf(stay) }))
      .sort((one, other) => compare(one.place, other.place))
      .filter(({ place }) => after === null || compare(after, place) < 0)
      .slice(0, limit)
      .map(({ stay }) => this.#describe(stay));
  }

  /** How many people publish something. */
  countPublishers(roomId: RoomId): number {
    const room = this.#options.sessions.findRoom(roomId);
    const stays = room?.stays() ?? [];
    return stays.filter(({ participantId }) => room?.tracksOf(participantId).length).length;
  }

  async get(whom: Named): Promise<ServiceParticipant> {
    return this.#describe(this.#find(whom));
  }

  /** @throws AppError `invalid_request` for more attributes than there may be. */
  async update(
    whom: Named,
    { actorId, role, grants, ...seen }: ParticipantUpdate,
  ): Promise<ServiceParticipant> {
    const { sessions, participants } = this.#options;
    const stay = this.#find(whom);
    sessions.updateParticipant(stay, seen);
    if (role !== undefined && role !== stay.ticket.role) {
      await sessions.recordArrival(stay);
      await participants.giveRole(whom.roomId, actorId, stay.ticket.userId, role);
    }
    if (grants !== undefined) {
      const given = Object.entries(grants).filter(([, value]) => value !== undefined);
      sessions.setGrants(stay, { ...stay.ticket.grants, ...Object.fromEntries(given) });
    }
    return this.#describe(stay);
  }

  /** @throws AppError `track_not_found`; `forbidden` for unmuting. */
  async mute(whom: Named, { trackId, isMuted }: MuteTrackRequest): Promise<TrackInfo> {
    const stay = this.#find(whom);
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

  /** @throws AppError `forbidden` for who may receive nothing. */
  async updateSubscriptions(
    whom: Named,
    { trackIds, isSubscribed }: UpdateSubscriptionsRequest,
  ): Promise<void> {
    await this.#options.deliveries.setSubscribed(this.#find(whom), trackIds, isSubscribed);
  }

  /** @throws AppError as `Calls.callFromBackend`. */
  async call({ roomId, identity }: Named, contents: CallContents): Promise<RpcOutcome> {
    return await this.#options.calls.callFromBackend(roomId, identity, contents);
  }

  #find({ roomId, identity }: Named): Stay {
    const stay = this.#options.sessions.findStay(roomId, identity);
    if (stay === undefined) {
      throw nobodyThere();
    }
    return stay;
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

/** Where somebody stands in a list. */
export function placeOf({
  joinedAt,
  participantId,
}: {
  readonly joinedAt: Date | string;
  readonly participantId: string;
}): ListPosition {
  return { at: new Date(joinedAt).toISOString(), id: participantId };
}

/** Those who came last come first. */
export function compare(one: ListPosition, other: ListPosition): number {
  if (one.at !== other.at) {
    return one.at > other.at ? -1 : 1;
  }
  return one.id === other.id ? 0 : one.id > other.id ? -1 : 1;
}

export function nobodyThere(): AppError {
  return new AppError('not_found', 'Nobody of this identity is in the room');
}
