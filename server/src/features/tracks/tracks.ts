import {
  type DtlsParameters,
  type IceParameters,
  KIND_OF_SOURCE,
  type PublishParams,
  type SubscriptionId,
  type TrackId,
  type TrackSource,
  type TransportId,
  type TransportInfo,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Direction, MediaPlane } from '../../media/media-plane.ts';
import { maySend } from '../sessions/grants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { type PublishedTrack, PublishedTracks } from './published-tracks.ts';

/**
 * What participants publish, and the transports it travels on. Every command of
 * one participant runs in the order in which it came. Ids are looked for among
 * the participant's own only.
 */
export class Tracks {
  readonly #media: MediaPlane;
  readonly #sessions: Sessions;
  readonly #logger: Logger;
  readonly #published = new WeakMap<Stay, PublishedTracks>();
  /** Those whose media moves, with what they published before. */
  readonly #moving = new WeakMap<Stay, readonly TrackId[]>();
  readonly #unsubscribe: () => void;

  constructor(media: MediaPlane, sessions: Sessions, logger: Logger) {
    this.#media = media;
    this.#sessions = sessions;
    this.#logger = logger;
    this.#unsubscribe = sessions.events.on(
      'grantsChanged',
      ({ stay }) => void this.#endForbidden(stay),
    );
  }

  /** Ends nothing by itself any more. */
  close(): void {
    this.#unsubscribe();
  }

  /**
   * Gives a participant the transport of a direction, which it may use by now and could not
   * when it came. Repeating it answers the same.
   *
   * @throws AppError `forbidden`.
   */
  openTransport(stay: Stay, direction: Direction): Promise<TransportInfo> {
    return stay.run(async () => {
      const { grants } = stay.ticket;
      if (direction === 'send' ? !maySend(grants) : !grants.subscribe) {
        throw new AppError('forbidden', `You may not ${direction} anything`);
      }
      const present = stay.transports[direction];
      if (present !== null) {
        return present;
      }
      const transport = await this.#media.openTransport(stay.participantId, direction);
      this.#sessions.offered(stay, direction, transport);
      return transport;
    });
  }

  /** @throws AppError `transport_not_found`. */
  connectTransport(
    stay: Stay,
    transportId: TransportId,
    dtlsParameters: DtlsParameters,
  ): Promise<void> {
    return stay.run(async () => {
      await this.#media.connectTransport(stay.participantId, transportId, dtlsParameters);
      this.#sessions.answered(stay, transportId, dtlsParameters);
    });
  }

  /** @throws AppError `transport_not_found`. */
  restartIce(stay: Stay, transportId: TransportId): Promise<IceParameters> {
    return stay.run(async () => {
      const iceParameters = await this.#media.restartIce(stay.participantId, transportId);
      this.#sessions.transportRestarted(stay, transportId);
      return iceParameters;
    });
  }

  /**
   * Publishes a track and tells the room. Repeating it with the same
   * `clientTrackId` returns the track that is there.
   *
   * @throws AppError `forbidden` without the grant of the source, `conflict` when
   * the participant has a track of this source whose place it does not take, `track_not_found`
   * for one that it is to take the place of, `unsupported_media`.
   */
  async publish(stay: Stay, params: PublishParams): Promise<TrackId> {
    const { clientTrackId, source, name, rtpParameters, replaces } = params;
    return await stay.run(async () => {
      if (!stay.ticket.grants.publish[source]) {
        throw new AppError('forbidden', `You may not publish ${source}`);
      }
      const tracks = this.#tracksOf(stay);
      const same = tracks.find((track) => track.clientTrackId === clientTrackId);
      if (same !== undefined) {
        return same.trackId;
      }
      const replaced = replaces === undefined ? undefined : tracks.get(replaces);
      if (replaced !== undefined) this.#assertReplaceable(stay, replaced, source);
      if (tracks.find((track) => track.source === source && track !== replaced) !== undefined) {
        throw new AppError('conflict', `There is a track of the source ${source} already`);
      }
      // Somebody may have muted it while the client was about to publish its successor.
      const isMuted = params.isMuted || replaced?.isMuted === true;
      const { participantId } = stay;
      const kind = KIND_OF_SOURCE[source];
      const { trackId, mimeType } = await this.#media.publish({
        participantId,
        kind,
        rtpParameters,
        isMuted,
        width: params.width,
        height: params.height,
      });
      tracks.add({ trackId, clientTrackId, source, isMuted, replaces });
      stay.clientTrackIds.set(trackId, clientTrackId);
      this.#sessions.record(stay, {
        type: 'trackPublished',
        track: {
          trackId,
          participantId,
          kind,
          source,
          name,
          isMuted,
          mimeType,
          width: kind === 'video' ? params.width : 0,
          height: kind === 'video' ? params.height : 0,
          ...(replaces === undefined ? {} : { replaces }),
        },
      });
      return trackId;
    });
  }

  /** Ends a track. Repeating it is harmless. @throws AppError `track_not_found`. */
  unpublish(stay: Stay, trackId: TrackId): Promise<void> {
    return stay.run(async () => {
      const tracks = this.#tracksOf(stay);
      if (tracks.hasEnded(trackId)) {
        return;
      }
      for (const one of tracks.getPair(trackId)) await this.#end(stay, one.trackId);
    });
  }

  /** Holds a track's media back, or lets it through. @throws AppError `track_not_found`. */
  setMuted(stay: Stay, trackId: TrackId, isMuted: boolean): Promise<void> {
    return stay.run(async () => {
      const { participantId } = stay;
      for (const track of this.#tracksOf(stay).getPair(trackId)) {
        if (track.isMuted !== isMuted) {
          await this.#media.setMuted(participantId, track.trackId, isMuted);
          track.isMuted = isMuted;
          const change = { trackId: track.trackId, isMuted };
          this.#sessions.record(stay, { type: 'trackMuted', participantId, ...change });
        }
      }
    });
  }

  /** Whether the stay publishes anything. */
  isPublishing(stay: Stay): boolean {
    return this.#tracksOf(stay).find(() => true) !== undefined;
  }

  /**
   * The media of a stay goes on in another place: what it publishes from now on may take the place
   * of what it has published. To be called in its turn (`Stay.run`).
   */
  beginMove(stay: Stay): void {
    const trackIds = this.#tracksOf(stay)
      .filter(() => true)
      .map(({ trackId }) => trackId);
    this.#moving.set(stay, trackIds);
  }

  /** Ends what the stay published before its media moved. To be called in its turn. */
  async finishMove(stay: Stay): Promise<void> {
    const former = this.#moving.get(stay) ?? [];
    this.#moving.delete(stay);
    const tracks = this.#tracksOf(stay);
    for (const trackId of former) {
      if (!tracks.hasEnded(trackId)) await this.#end(stay, trackId);
    }
  }

  /** Whether anything that the stay published before its media moved goes on, and has a successor. */
  hasReplaced(stay: Stay): boolean {
    const former = new Set(this.#moving.get(stay));
    return this.#tracksOf(stay).find(({ replaces = '' }) => former.has(replaces)) !== undefined;
  }

  /** Lets subscriptions flow that the client is ready to receive. */
  startSubscriptions(stay: Stay, subscriptionIds: readonly SubscriptionId[]): Promise<void> {
    return stay.run(() => this.#media.startSubscriptions(stay.participantId, subscriptionIds));
  }

  /** What somebody may not publish any more. Never rejects: nobody asked for this. */
  async #endForbidden(stay: Stay): Promise<void> {
    const { participantId } = stay;
    try {
      // What is about to be published when the grant goes is published by then.
      const forbidden = await stay.run(async () =>
        this.#tracksOf(stay).filter(({ source }) => !stay.ticket.grants.publish[source]),
      );
      await Promise.all(forbidden.map(({ trackId }) => this.unpublish(stay, trackId)));
    } catch (error) {
      if (!stay.isOver) {
        this.#logger.error({ err: error, participantId }, 'forbidden tracks were not ended');
      }
    }
  }

  async #end(stay: Stay, trackId: TrackId): Promise<void> {
    const { participantId } = stay;
    await this.#media.unpublish(participantId, trackId);
    this.#tracksOf(stay).remove(trackId);
    stay.clientTrackIds.delete(trackId);
    this.#sessions.record(stay, { type: 'trackUnpublished', participantId, trackId });
  }

  #assertReplaceable(stay: Stay, { trackId, source }: PublishedTrack, wanted: TrackSource): void {
    const isFormer = this.#moving.get(stay)?.includes(trackId) === true;
    const isFree = this.#tracksOf(stay).find(({ replaces }) => replaces === trackId) === undefined;
    if (source !== wanted || !isFormer || !isFree) {
      throw new AppError('conflict', 'This track cannot be replaced now');
    }
  }

  #tracksOf(stay: Stay): PublishedTracks {
    const known = this.#published.get(stay);
    if (known !== undefined) return known;
    const tracks = new PublishedTracks();
    this.#published.set(stay, tracks);
    // A stay that began with another process publishes already.
    const room = this.#sessions.findRoom(stay.ticket.roomId);
    for (const { trackId, source, isMuted, replaces } of room?.tracksOf(stay.participantId) ?? []) {
      const clientTrackId = stay.clientTrackIds.get(trackId) ?? trackId;
      tracks.add({ trackId, clientTrackId, source, isMuted, replaces });
    }
    return tracks;
  }
}
