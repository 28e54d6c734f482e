import { randomUUID } from 'node:crypto';
import type { ParticipantId, RoomChange, RoomId, TrackId, TrackInfo } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { UserId } from '../../kernel/route.ts';
import { SerialQueue } from '../../kernel/serial-queue.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { RoomNews } from '../rooms/room-news.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/** Told to every process: what somebody publishes goes to another room too, or no longer. */
export type ForwardNews = Extract<RoomNews, { readonly type: 'forwarded' }>;

export interface ForwardingOptions {
  readonly media: Pick<MediaPlane, 'forwardTrack' | 'unforwardTrack'>;
  readonly sessions: Sessions;
  /** Throws unless the person is in the room, and the other is open and of the same project. */
  readonly assertWithinReach: (roomId: RoomId, userId: UserId, toRoomId: RoomId) => Promise<void>;
  /** Tells every process, this one too. */
  readonly announce: (news: ForwardNews) => void;
  readonly logger: Logger;
}

/** Somebody's tracks on their way to another room. */
interface Forward {
  readonly stay: Stay;
  readonly toRoomId: RoomId;
  /** As whom they are known there. */
  readonly participantId: ParticipantId;
  /** What they publish, and as what it is known there. */
  readonly tracks: Map<TrackId, TrackId>;
  /** What happens to one after the other. */
  readonly queue: SerialQueue;
  isOver: boolean;
}

/**
 * Shows people in another room as well: everything that they publish, as of a participant who
 * says where they come from. Lasts until their stay ends, nobody is in the other room any
 * more, or it is stopped. Both rooms must be in one process.
 */
export class Forwarding {
  readonly #options: ForwardingOptions;
  readonly #forwards = new Set<Forward>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(options: ForwardingOptions) {
    this.#options = options;
    const { events } = options.sessions;
    this.#unsubscribe = [
      events.on('roomChanged', ({ roomId, change }) => this.#follow(roomId, change)),
      events.on('stayEnded', ({ stay }) => this.#endWhere((one) => one.stay === stay)),
      events.on('grantsChanged', ({ stay }) =>
        this.#endWhere((one) => one.stay === stay && stay.ticket.grants.hidden),
      ),
      events.on('roomDeserted', ({ roomId }) => this.#endWhere((one) => one.toRoomId === roomId)),
    ];
  }

  /**
   * Begins to forward. Repeating it is harmless. Who may say so is the caller's matter.
   *
   * @throws AppError as `Moves.moveParticipant`.
   */
  async forward(roomId: RoomId, userId: UserId, toRoomId: RoomId): Promise<void> {
    await this.#options.assertWithinReach(roomId, userId, toRoomId);
    this.#options.announce({ type: 'forwarded', roomId, userId, toRoomId, isOn: true });
  }

  /** Forwards no longer. Idempotent. */
  async stop(roomId: RoomId, userId: UserId, toRoomId: RoomId): Promise<void> {
    this.#options.announce({ type: 'forwarded', roomId, userId, toRoomId, isOn: false });
  }

  /** Does it where the people are in this process. */
  hear({ roomId, userId, toRoomId, isOn }: ForwardNews): void {
    const { sessions, logger } = this.#options;
    const stay = sessions.findStayOf(roomId, userId);
    if (stay === undefined) {
      return;
    }
    if (!isOn) {
      this.#endWhere((one) => one.stay === stay && one.toRoomId === toRoomId);
      return;
    }
    const isThere = sessions.findRoom(toRoomId) !== undefined;
    if (!isThere || stay.ticket.grants.hidden) {
      logger.info({ roomId, userId, toRoomId }, 'nothing to forward, or nobody to forward it to');
      return;
    }
    const isDone = [...this.#forwards].some(
      (one) => one.stay === stay && one.toRoomId === toRoomId,
    );
    if (!isDone) {
      this.#begin(stay, toRoomId);
    }
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  #begin(stay: Stay, toRoomId: RoomId): void {
    const { sessions } = this.#options;
    const { identity, name, role, metadata, attributes, roomId } = stay.ticket;
    const participantId = randomUUID();
    const queue = new SerialQueue();
    const forward: Forward = {
      stay,
      toRoomId,
      participantId,
      tracks: new Map(),
      queue,
      isOver: false,
    };
    this.#forwards.add(forward);
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
      if (forward.stay.ticket.roomId === roomId) {
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
      const { toRoomId, participantId, tracks } = forward;
      this.#forwards.delete(forward);
      forward.isOver = true;
      sessions.recordInRoom(toRoomId, {
        type: 'participantLeft',
        participantId,
        reason: 'client_initiated',
      });
      this.#run(forward, async () => {
        await Promise.all([...tracks.values()].map((id) => media.unforwardTrack(toRoomId, id)));
      });
    }
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
