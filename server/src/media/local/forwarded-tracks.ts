import { randomUUID } from 'node:crypto';
import type { ParticipantId, TrackId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { PublishedMedia } from '../media-plane.ts';
import { type LayerChoice, topLayers } from './layers/choose-layers.ts';
import { PublishedTrack } from './published-track.ts';
import type { RoomMedia } from './room-media.ts';

/** A track of a participant of a room. */
export interface ForwardSource {
  readonly room: RoomMedia;
  readonly participantId: ParticipantId;
  readonly trackId: TrackId;
}

/** As whose a track is known in another room. */
export interface ForwardPlace {
  /** Undefined where it has no media. */
  readonly room: RoomMedia | undefined;
  readonly participantId: ParticipantId;
}

/**
 * Lets a track of one room be subscribed to in another one as well, where it is a track that
 * comes by pipe to every router. It is muted with its source, and ends with it and with
 * either room.
 *
 * @throws AppError `track_not_found`.
 */
export function forwardTrack(
  from: ForwardSource,
  { room: to, participantId }: ForwardPlace,
): PublishedMedia {
  const source = from.room.findTrack(from.trackId);
  if (source?.participantId !== from.participantId || to === undefined || to === from.room) {
    throw new AppError('track_not_found');
  }
  const { producer, origin, shape } = source;
  // Another id: the rooms may be on one worker, where a track cannot be there twice.
  const trackId = randomUUID();
  let needed: LayerChoice | null = topLayers(shape);
  const need = (next: LayerChoice | null): void => {
    source.moveNeed(needed, next);
    needed = next;
  };
  const levelsOf = {};
  const unfollow = from.room.levels.follow(source.trackId, (volumeDb) =>
    to.levels.report(levelsOf, volumeDb === undefined ? [] : [{ trackId, volumeDb }]),
  );
  source.moveNeed(null, needed);
  const end = (): void => to.removeTrack(trackId);
  const track = new PublishedTrack({
    participantId,
    trackId,
    producer,
    origin: { isAt: () => false, bringTo: origin.bringTo },
    width: shape.width,
    height: shape.height,
    tellNeeded: ({ spatialLayer, temporalLayer = 0 }) =>
      need(spatialLayer === null ? null : { spatialLayer, temporalLayer }),
    tellClosed: () => {
      producer.observer.off('close', end);
      unfollow();
      need(null);
      to.levels.remove(levelsOf);
    },
  });
  producer.observer.once('close', end);
  to.addTrack(track);
  return { trackId, mimeType: producer.rtpParameters.codecs[0]?.mimeType ?? '' };
}
