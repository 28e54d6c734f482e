import { randomUUID } from 'node:crypto';
import type { ParticipantId, RoomChange, RoomId, TrackId, TrackInfo } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { UserId } from '../../kernel/route.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { KeptRoom } from '../sessions/kept-room.ts';
import type { PeopleElsewhere } from '../sessions/people-elsewhere.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/** What somebody publishes goes to another room too, or no longer. */
interface ForwardWish {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly toRoomId: RoomId;
  readonly isOn: boolean;
}

const FORWARD: Topic<ForwardWish, true> = { name: 'forward' };

export interface ForwardingOptions {
  readonly media: Pick<MediaPlane, 'forwardTrack' | 'unforwardTrack'>;
  readonly sessions: Sessions;
  /** Throws unless the person is in the room, and the other is open and of the same project. */
  readonly assertWithinReach: (roomId: RoomId, userId: UserId, toRoomId: RoomId) => Promise<void>;
  readonly inquiries: Inquiries;
  readonly elsewhere: Pick<PeopleElsewhere, 'isAnybodyIn'>;
  /** Whether the media plane reaches the people of all processes. */
  readonly isMediaShared: boolean;
  readonly logger: Logger;
}

/** Somebody's tracks on their way to another room, or about to be once somebody is there. */
interface Forward {
  readonly stay: Stay;
  readonly toRoomId: RoomId;
  /** The other room in this process. */
  readonly room: KeptRoom;
  /** As whom they are known there, once they are. */
  readonly participantId: ParticipantId;
  /** What they publish, and as what it is known there. */
  readonly tracks: Map<TrackId, TrackId>;
  /** What happens to one after the other. */
  readonly queue: SerialQueue;
  /** Whether somebody is there, who sees them. */
  isBegun: boolean;
  isOver: boolean;
}

/**
 * Shows people in another room as well: everything that they publish, as of a participant who
 * says where they come from. Begins when somebody is in the other room, and lasts until their
 * stay ends, nobody is in the other room any more, or it is stopped. Where another process goes on
 * with the stay, that one begins it anew.
 */
export class Forwarding {
  readonly #options: ForwardingOptions;
  readonly #forwards = new Set<Forward>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: ForwardingOptions) {
    this.#options = options;
    const { events } = options.sessions;
    this.#unsubscribe = [
      events.on('roomChanged', ({ roomId, change }) => {
        this.#follow(roomId, change);
        if (change.type === 'participantJoined' || change.type === 'participantLeft') {
          this.#lookSoon(roomId);
        }
      }),
      events.on('stayBegan', ({ stay }) => {
        this.#lookSoon(stay.ticket.roomId);
        for (const [toRoomId, former] of [...stay.shownIn]) {
          void this.#resume(stay, toRoomId, former);
        }
      }),
      events.on('stayEnded', ({ stay }) => {
        this.#lookSoon(stay.ticket.roomId);
        this.#endWhere((one) => one.stay === stay);
      }),
      events.on('grantsChanged', ({ stay }) =>
        this.#endWhere((one) => one.stay === stay && stay.ticket.grants.hidden),
      ),
      events.on('roomDeserted', ({ roomId }) => this.#endWhere((one) => one.toRoomId === roomId)),
    ];
    options.inquiries.answer(FORWARD, async (wish) =>
      (await this.#doHere(wish)) ? true : undefined,
    );
  }

  /**
   * Begins to forward. Repeating it is harmless. Who may say so is the caller's matter.
   *
   * @throws AppError as `Moves.moveParticipant`; `conflict` where the media of this process does not
   * reach the people of the other room, and for who is hidden; `unavailable`.
   */
  async forward(roomId: RoomId, userId: UserId, toRoomId: RoomId): Promise<void> {
    await this.#options.assertWithinReach(roomId, userId, toRoomId);
    if (!(await this.#doAnywhere({ roomId, userId, toRoomId, isOn: true }))) {
      throw new AppError('not_found', 'They are not in the room');
    }
  }

  /** Forwards no longer. Idempotent. @throws AppError `unavailable`. */
  async stop(roomId: RoomId, userId: UserId, toRoomId: RoomId): Promise<void> {
    await this.#doAnywhere({ roomId, userId, toRoomId, isOn: false });
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  /** @returns false where they are nowhere. */
  async #doAnywhere(wish: ForwardWish): Promise<boolean> {
    if (await this.#doHere(wish)) {
      return true;
    }
    return (await this.#options.inquiries.find(FORWARD, wish)) !== undefined;
  }

  /** @returns false where they are not in this process. */
  async #doHere({ roomId, userId, toRoomId, isOn }: ForwardWish): Promise<boolean> {
    const stay = this.#options.sessions.findStayOf(roomId, userId);
    if (stay === undefined) {
      return false;
    }
    if (!isOn) {
      this.#endWhere((one) => one.stay === stay && one.toRoomId === toRoomId);
      return true;
    }
    if (stay.ticket.grants.hidden) {
      throw new AppError('conflict', 'Nobody is to know of who is hidden');
    }
    await this.#assertReached(toRoomId);
    if (!stay.isOver) {
      await this.#show(stay, toRoomId);
    }
    return true;
  }

  async #assertReached(toRoomId: RoomId): Promise<void> {
    const { isMediaShared, elsewhere } = this.#options;
    const isThere = () => this.#isAnybodyIn(toRoomId);
    if (isMediaShared || isThere()) return;
    if ((await elsewhere.isAnybodyIn(toRoomId)) && !isThere()) {
      throw new AppError('conflict', 'The people of the other room are in another server process');
    }
  }

  /** A stay of another process goes on in this one. Never rejects. */
  async #resume(stay: Stay, toRoomId: RoomId, former: ParticipantId): Promise<void> {
    try {
      await this.#show(stay, toRoomId, former);
    } catch (error) {
      const { participantId } = stay;
      this.#options.logger.warn(
        { err: error, participantId, toRoomId },
        'somebody is not shown in the other room any more',
      );
    }
  }

  /**
   * @param former As whom they were known there in another process, which may have died.
   * @throws AppError `unavailable`: then nothing has begun.
   */
  async #show(stay: Stay, toRoomId: RoomId, former?: ParticipantId): Promise<void> {
    const { sessions } = this.#options;
    const isMeant = (one: Forward) => one.stay === stay && one.toRoomId === toRoomId;
    if ([...this.#forwards].some(isMeant)) {
      return;
    }
    const forward: Forward = {
      stay,
      toRoomId,
      room: sessions.keepRoom(toRoomId),
      participantId: randomUUID(),
      tracks: new Map(),
      queue: new SerialQueue(),
      isBegun: false,
      isOver: false,
    };
    this.#forwards.add(forward);
    stay.shownIn.set(toRoomId, forward.participantId);
    sessions.changed(stay);
    try {
      await forward.room.ready();
    } catch (error) {
      this.#endWhere((one) => one === forward);
      throw error;
    }
    const seen = sessions.findPeople(toRoomId).find((one) => one.participantId === former);
    if (seen !== undefined) this.#recordLeft(toRoomId, seen);
    this.#look(toRoomId);
  }

  /** What just happened is over by then: who leaves is out of the room. */
  #lookSoon(roomId: RoomId): void {
    if ([...this.#forwards].some((one) => one.toRoomId === roomId)) {
      queueMicrotask(() => this.#look(roomId));
    }
  }

  /** Begins and ends what is to be shown in a room, as somebody is there or not. */
  #look(roomId: RoomId): void {
    const isAnybodyThere = this.#isAnybodyIn(roomId);
    for (const forward of [...this.#forwards].filter((one) => one.toRoomId === roomId)) {
      if (isAnybodyThere && !forward.isBegun) {
        this.#begin(forward);
      } else if (!isAnybodyThere && forward.isBegun) {
        this.#endWhere((one) => one === forward);
      }
    }
  }

  /** Who is hidden in another process does not count: nobody is to know of them. */
  #isAnybodyIn(roomId: RoomId): boolean {
    const { sessions } = this.#options;
    return (
      sessions.findRoom(roomId)?.isEmpty === false ||
      sessions.findPeople(roomId).some(({ isForwarded }) => !isForwarded)
    );
  }

  #begin(forward: Forward): void {
    const { sessions } = this.#options;
    const { stay, toRoomId, participantId } = forward;
    const { identity, name, role, metadata, attributes, roomId } = stay.ticket;
    forward.isBegun = true;
    sessions.recordInRoom(toRoomId, {
      type: 'participantJoined',
      participant: {
        participantId,
        identity,
        name,
        role,
        joinedAt: stay.joinedAt.toISOString(),
        metadata,
        attributes,
        handRaisedAt: null,
        tracks: [],
        isForwarded: true,
      },
    });
    for (const track of sessions.findRoom(roomId)?.tracksOf(stay.participantId) ?? []) {
      this.#add(forward, track);
    }
  }

  /** What becomes true of somebody where they are becomes true where they are forwarded to. */
  #follow(roomId: RoomId, change: RoomChange): void {
    for (const forward of this.#forwards) {
      if (forward.stay.ticket.roomId === roomId && forward.isBegun) {
        this.#pass(forward, change);
      }
    }
  }

  #pass(forward: Forward, change: RoomChange): void {
    const { stay, participantId, tracks } = forward;
    switch (change.type) {
      case 'trackPublished':
        if (change.track.participantId === stay.participantId) {
          this.#add(forward, change.track);
        }
        break;
      case 'trackMuted':
      case 'trackUnpublished':
        if (change.participantId === stay.participantId) {
          this.#run(forward, async () => {
            const trackId = tracks.get(change.trackId);
            if (trackId !== undefined) {
              this.#record(forward, { ...change, participantId, trackId });
            }
            if (trackId !== undefined && change.type === 'trackUnpublished') {
              tracks.delete(change.trackId);
              await this.#options.media.unforwardTrack(forward.toRoomId, trackId);
            }
          });
        }
        break;
      case 'participantUpdated':
      case 'roleChanged':
        if (change.participantId === stay.participantId) {
          this.#record(forward, { ...change, participantId });
        }
        break;
      default:
        break;
    }
  }

  #add(forward: Forward, { trackId: sourceId, ...track }: TrackInfo): void {
    const { stay, toRoomId: roomId, participantId, tracks } = forward;
    this.#run(forward, async () => {
      const { media, sessions } = this.#options;
      const to = { roomId, participantId };
      const { trackId, mimeType } = await media.forwardTrack(stay.participantId, sourceId, to);
      if (forward.isOver) {
        await media.unforwardTrack(roomId, trackId);
        return;
      }
      tracks.set(sourceId, trackId);
      // It may have been muted while this went on: that comes next.
      const now = sessions
        .findRoom(stay.ticket.roomId)
        ?.tracksOf(stay.participantId)
        .find((one) => one.trackId === sourceId);
      const isMuted = now?.isMuted ?? track.isMuted;
      this.#record(forward, {
        type: 'trackPublished',
        track: { ...track, trackId, participantId, mimeType, isMuted },
      });
    });
  }

  #endWhere(isMeant: (forward: Forward) => boolean): void {
    const { media, sessions } = this.#options;
    for (const forward of [...this.#forwards].filter(isMeant)) {
      const { stay, toRoomId, room, tracks } = forward;
      this.#forwards.delete(forward);
      forward.isOver = true;
      if (forward.isBegun) this.#recordLeft(toRoomId, forward);
      stay.shownIn.delete(toRoomId);
      sessions.changed(stay);
      room.release();
      this.#run(forward, async () => {
        await Promise.all([...tracks.values()].map((id) => media.unforwardTrack(toRoomId, id)));
      });
    }
  }

  #recordLeft(
    toRoomId: RoomId,
    { participantId }: { readonly participantId: ParticipantId },
  ): void {
    this.#options.sessions.recordInRoom(toRoomId, {
      type: 'participantLeft',
      participantId,
      reason: 'client_initiated',
    });
  }

  #record({ isOver, toRoomId }: Forward, change: RoomChange): void {
    if (!isOver) {
      this.#options.sessions.recordInRoom(toRoomId, change);
    }
  }

  /** Nobody asked for this one: a track that ended meanwhile needs nothing. */
  #run({ queue, participantId, toRoomId }: Forward, task: () => Promise<void>): void {
    queue.run(task).catch((error: unknown) => {
      this.#options.logger.info(
        { err: error, participantId, toRoomId },
        'a track is not forwarded',
      );
    });
  }
}
