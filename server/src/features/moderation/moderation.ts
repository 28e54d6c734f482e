import {
  ACT_OF_ROLE,
  type Identity,
  type ParticipantId,
  type ParticipantRole,
  POLICY,
  type RoomBan,
  type RoomId,
  roleInEffect,
  type TrackId,
  type TrackInfo,
  type TrackSource,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import type { Participants } from '../rooms/participants.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { FindRoomsOfMeeting } from '../rooms/rooms-of-meeting.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import type { Tracks } from '../tracks/tracks.ts';
import type { Bans } from './bans.ts';
import { assertAllowed, assertAllowedOn, isAllowedOn } from './policy.ts';
import type { LedRules, RoomRulesDesk } from './room-rules.ts';

export interface ModerationOptions {
  readonly sessions: Sessions;
  readonly tracks: Pick<Tracks, 'setMuted' | 'unpublish'>;
  readonly rooms: Pick<Rooms, 'get'>;
  readonly participants: Pick<Participants, 'giveRole'>;
  readonly bans: Bans;
  readonly roomsOfMeeting: FindRoomsOfMeeting;
  readonly rules: Pick<RoomRulesDesk, 'find' | 'write'>;
  /** Does what changes what is kept of a room, and forgets what was known of it. */
  readonly change: RoomRulesDesk['change'];
  /** Voids every token that the person holds for the room by now. */
  readonly revokeTokens: (roomId: RoomId, userId: string) => Promise<void>;
  /** Tells every process that somebody has to go: theirs calls `Sessions.sendOut`. */
  readonly announceSentOut: (roomId: RoomId, userId: string) => void;
  /** Tells every process that a room is another now. */
  readonly announceRoom: (roomId: RoomId) => void;
}

/** A track, and the stay that publishes it. */
interface OwnedTrack {
  readonly owner: Stay;
  readonly track: TrackInfo;
}

/**
 * What those who lead a meeting do to the others and to the room. Every act is
 * checked against the policy with the roles of that moment. People are looked for
 * among those of the actor's room in this process, where also those come who act on
 * them from another one. What takes effect elsewhere too is announced.
 */
export class Moderation {
  readonly #options: ModerationOptions;

  constructor(options: ModerationOptions) {
    this.#options = options;
  }

  /** Mutes somebody's track; they may unmute it. @throws AppError `track_not_found`, `forbidden`. */
  async mute(actor: Stay, trackId: TrackId): Promise<void> {
    const owned = this.#findTrack(actor, trackId);
    assertAllowedOn('mute', actor.ticket, owned.owner.ticket);
    await this.#mute(actor, owned);
  }

  /** Mutes the microphones of all whom the actor leads. @returns how many were on. */
  async muteAll(actor: Stay): Promise<number> {
    if (POLICY.muteAll.by[roleInEffect(actor.ticket)].length === 0) {
      throw new AppError('forbidden');
    }
    const microphones = this.#tracksIn(actor).filter(
      ({ owner, track }) =>
        owner !== actor &&
        track.source === 'microphone' &&
        !track.isMuted &&
        isAllowedOn('muteAll', actor.ticket, owner.ticket),
    );
    // Who leaves meanwhile is silent, too.
    const outcomes = await Promise.allSettled(microphones.map((owned) => this.#mute(actor, owned)));
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  }

  /**
   * Asks somebody to unmute. Nothing is opened for them.
   *
   * @throws AppError `not_found`, `forbidden`; `conflict` for who may not publish that.
   */
  askToUnmute(actor: Stay, participantId: ParticipantId, source: TrackSource): void {
    const target = this.#findPerson(actor, participantId);
    assertAllowedOn('askToUnmute', actor.ticket, target.ticket);
    if (!target.ticket.grants.publish[source]) {
      throw new AppError('conflict', `They may not publish ${source}`);
    }
    target.connection.send('unmuteRequested', { source, by: actor.ticket.identity });
  }

  /** Ends somebody's track. @throws AppError `track_not_found`, `forbidden`. */
  async stopTrack(actor: Stay, trackId: TrackId): Promise<void> {
    const { owner } = this.#findTrack(actor, trackId);
    assertAllowedOn('stopTrack', actor.ticket, owner.ticket);
    await this.#options.tracks.unpublish(owner, trackId);
    const by = actor.ticket.identity;
    owner.connection.send('trackModerated', { trackId, action: 'stopped', by });
  }

  /** Sends somebody out. @throws AppError `not_found`, `forbidden`, `unavailable`. */
  async remove(actor: Stay, participantId: ParticipantId): Promise<void> {
    const { ticket } = this.#findPerson(actor, participantId);
    assertAllowedOn('remove', actor.ticket, ticket);
    await this.sendOut(ticket.roomId, personOf(ticket));
  }

  /** Sends somebody out for good. @throws AppError `not_found`, `forbidden`, `unavailable`. */
  async ban(actor: Stay, participantId: ParticipantId, reason: string): Promise<void> {
    const { ticket } = this.#findPerson(actor, participantId);
    assertAllowedOn('ban', actor.ticket, ticket);
    const { identity, name } = ticket;
    const userId = personOf(ticket);
    const bannedBy = actor.ticket.userId;
    const roomId = await this.#mainOf(actor);
    const hostId = await this.#hostOf(roomId);
    await this.#options.bans.add(hostId, { roomId, userId, identity, name, bannedBy, reason });
    await this.sendOut(roomId, userId);
  }

  /** @throws AppError `forbidden`, `not_found` where nobody of this identity is banned. */
  async unban(actor: Stay, identity: Identity): Promise<void> {
    assertAllowed('lift', actor.ticket);
    const roomId = await this.#mainOf(actor);
    if (!(await this.#options.bans.remove(await this.#hostOf(roomId), roomId, identity))) {
      throw new AppError('not_found', 'Nobody of this identity is banned');
    }
  }

  /** @throws AppError `forbidden`. */
  async listBans(actor: Stay): Promise<readonly RoomBan[]> {
    assertAllowed('lift', actor.ticket);
    const roomId = await this.#mainOf(actor);
    return await this.#options.bans.list(await this.#hostOf(roomId), roomId);
  }

  /** Locks the room, or opens it. @throws AppError `forbidden`, `unavailable`. */
  async lock(actor: Stay, isLocked: boolean): Promise<void> {
    assertAllowed('lock', actor.ticket);
    await this.#changeRoom(actor.ticket.roomId, { isLocked });
  }

  /**
   * Says who is shown large.
   *
   * @throws AppError `forbidden`; `not_found` for somebody who neither is there nor was shown so.
   */
  async spotlight(actor: Stay, identities: readonly Identity[]): Promise<void> {
    assertAllowed('spotlight', actor.ticket);
    const { roomId } = actor.ticket;
    const wanted = [...new Set(identities)];
    const { spotlight } = await this.#options.rules.find(roomId);
    const known = new Set(spotlight);
    for (const { identity } of this.#options.sessions.findPeople(roomId)) {
      known.add(identity);
    }
    if (!wanted.every((identity) => known.has(identity))) {
      throw new AppError('not_found', 'Nobody of this identity is in the room');
    }
    await this.#changeRoom(roomId, { spotlight: wanted });
  }

  /**
   * Gives somebody another role, for good. Repeating it is harmless.
   *
   * @throws AppError `not_found`, `forbidden`.
   */
  async setRole(
    actor: Stay,
    participantId: ParticipantId,
    role: Exclude<ParticipantRole, 'host'>,
  ): Promise<void> {
    const act = ACT_OF_ROLE[role];
    const target = this.#findPerson(actor, participantId);
    const { ticket } = target;
    if (roleInEffect(ticket) !== role) {
      assertAllowedOn(act, actor.ticket, ticket);
    } else if (POLICY[act].by[roleInEffect(actor.ticket)].length === 0) {
      throw new AppError('forbidden');
    }
    const { roomId, userId } = ticket;
    await this.#options.sessions.recordArrival(target);
    await this.#options.participants.giveRole(roomId, actor.ticket.userId, userId, role);
  }

  /**
   * Sends a person out of a room, and of those in which its meeting goes on, whoever says so:
   * every token that they hold for them is void, every stay and every place in the lobby
   * ends, in whatever process.
   *
   * @throws AppError `room_not_found`; `unavailable`: then they are where they were.
   */
  async sendOut(roomId: RoomId, userId: string): Promise<void> {
    const { roomsOfMeeting, revokeTokens, announceSentOut } = this.#options;
    const roomIds = await roomsOfMeeting(roomId);
    await Promise.all(roomIds.map((id) => revokeTokens(id, userId)));
    for (const id of roomIds) {
      announceSentOut(id, userId);
    }
  }

  /** Who is banned is banned from the meeting, whose main room remembers it. */
  async #mainOf({ ticket }: Stay): Promise<RoomId> {
    const { breakoutOf } = await this.#options.rules.find(ticket.roomId);
    return breakoutOf ?? ticket.roomId;
  }

  async #mute(actor: Stay, { owner, track }: OwnedTrack): Promise<void> {
    const { trackId } = track;
    if (track.isMuted) {
      return;
    }
    await this.#options.tracks.setMuted(owner, trackId, true);
    const by = actor.ticket.identity;
    owner.connection.send('trackModerated', { trackId, action: 'muted', by });
  }

  /** As the host, who may write it: who may say so, the policy has answered. */
  async #changeRoom(roomId: RoomId, led: LedRules): Promise<void> {
    const { rules, change, announceRoom } = this.#options;
    const hostId = await this.#hostOf(roomId);
    await change(roomId, () => rules.write(hostId, roomId, led));
    announceRoom(roomId);
  }

  async #hostOf(roomId: RoomId): Promise<string> {
    return (await this.#options.rooms.get(roomId)).hostId;
  }

  /** Those of whom the others know. */
  #visibleStays(roomId: RoomId): readonly Stay[] {
    const stays = this.#options.sessions.findRoom(roomId)?.stays() ?? [];
    return stays.filter(({ ticket }) => !ticket.grants.hidden);
  }

  /** Nobody acts on themselves: for that there are other requests. */
  #findPerson(actor: Stay, participantId: ParticipantId): Stay {
    const found = this.#visibleStays(actor.ticket.roomId).find(
      (stay) => stay.participantId === participantId,
    );
    if (found === undefined) {
      throw new AppError('not_found', 'There is no such participant in the room');
    }
    if (found === actor) {
      throw new AppError('forbidden', 'This is for others');
    }
    return found;
  }

  #findTrack(actor: Stay, trackId: TrackId): OwnedTrack {
    const found = this.#tracksIn(actor).find(({ track }) => track.trackId === trackId);
    if (found === undefined) {
      throw new AppError('track_not_found');
    }
    return found;
  }

  #tracksIn({ ticket: { roomId } }: Stay): readonly OwnedTrack[] {
    const room = this.#options.sessions.findRoom(roomId);
    return this.#visibleStays(roomId).flatMap((owner) =>
      (room?.tracksOf(owner.participantId) ?? []).map((track) => ({ owner, track })),
    );
  }
}

/** Whose token it was that somebody came with: the same for all their stays. */
export function personOf({ bearerId, userId }: Pick<RoomTicket, 'bearerId' | 'userId'>): UserId {
  return bearerId ?? userId;
}
