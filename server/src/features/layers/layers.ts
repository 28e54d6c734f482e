import type {
  MediaKind,
  ParticipantId,
  RoomId,
  SubscriptionUpdate,
  TrackId,
} from '@balai/protocol';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/**
 * What people receive of one another: what they want of it, what the room lets
 * through, and what their publishers are told. The media plane decides the rest,
 * next to where the packets are.
 */
export class Layers {
  readonly #media: MediaPlane;
  readonly #unsubscribe: readonly (() => void)[];

  constructor(media: MediaPlane, sessions: Pick<Sessions, 'findParticipant'>) {
    this.#media = media;
    const connectionOf = (participantId: ParticipantId) =>
      sessions.findParticipant(participantId)?.connection;
    this.#unsubscribe = [
      media.events.on('streamsChanged', ({ participantId, states }) =>
        connectionOf(participantId)?.send('streamStates', { states }),
      ),
      media.events.on('layersNeeded', ({ participantId, needed }) =>
        connectionOf(participantId)?.send('layersNeeded', { layers: [needed] }),
      ),
      media.events.on('codecNeeded', ({ participantId, trackId, videoCodecs }) =>
        connectionOf(participantId)?.send('codecNeeded', { trackId, videoCodecs }),
      ),
    ];
  }

  /**
   * Takes what a client wants of its subscriptions. What an update leaves out
   * stays as it was. Costs what it changes.
   *
   * @throws AppError `subscription_not_found`, `transport_not_found`.
   */
  update(stay: Stay, updates: readonly SubscriptionUpdate[]): Promise<void> {
    return stay.run(() => this.#media.updateSubscriptions(stay.participantId, updates));
  }

  /**
   * From now on only these tracks of a kind are delivered in a room, to whoever
   * wants them. Costs one command for each subscription that stops or starts, and
   * tells each subscriber of its own.
   *
   * @throws AppError `timeout` when a worker hangs.
   */
  allow(roomId: RoomId, kind: MediaKind, trackIds: ReadonlySet<TrackId> | 'all'): Promise<void> {
    return this.#media.allowTracks(roomId, kind, trackIds === 'all' ? 'all' : [...trackIds]);
  }

  /**
   * Of tracks that somebody gave the same priority these come first where the line does not
   * carry everything, in this order.
   */
  prefer(roomId: RoomId, trackIds: readonly TrackId[]): Promise<void> {
    return this.#media.preferTracks(roomId, trackIds);
  }

  /** Tells nobody anything any more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }
}
