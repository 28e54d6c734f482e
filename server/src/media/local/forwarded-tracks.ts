import type { ParticipantId, TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import type { PublishedMedia } from '../media-plane.ts';
import { forwardDependencies } from './codecs.ts';
import { topLayers } from './layers/choose-layers.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { PublishedTrack } from './published-track.ts';
import type { RoomRouter } from './room-router.ts';

/** A track of a participant of a room. */
export interface ForwardSource {
  readonly room: RoomRouter;
  readonly participantId: ParticipantId;
  readonly trackId: TrackId;
}

/** As whose a track is known in another room. */
export interface ForwardPlace {
  /** Undefined where it has no media. */
  readonly room: RoomRouter | undefined;
  readonly participantId: ParticipantId;
}

/**
 * Lets a track of one room be subscribed to in another one as well, through a pipe between
 * their routers. It is muted with its source, and ends with it and with either room.
 *
 * @throws AppError `track_not_found`, `media_unavailable`.
 */
export async function forwardTrack(
  from: ForwardSource,
  { room: to, participantId }: ForwardPlace,
): Promise<PublishedMedia> {
  const source = from.room.findTrack(from.trackId);
  if (source?.participantId !== from.participantId || to === undefined || to === from.room) {
    throw new AppError('track_not_found');
  }
  const [here, there] = await Promise.all([from.room.opened, to.opened]);
  const producer = await pipe(here.router, source.producer, there.router);
  forwardDependencies(producer);
  const { width, height } = source.shape;
  // Which layers are watched there its publisher is not told: it goes on sending all.
  const track = new PublishedTrack({
    participantId,
    producer,
    width,
    height,
    tellNeeded: () => undefined,
  });
  const needed = topLayers(source.shape);
  source.moveNeed(null, needed);
  producer.observer.once('close', () => {
    source.moveNeed(needed, null);
    to.removeTrack(producer.id);
  });
  to.addTrack(track);
  return { trackId: producer.id, mimeType: producer.rtpParameters.codecs[0]?.mimeType ?? '' };
}

async function pipe(
  from: types.Router,
  { id: producerId }: types.Producer,
  to: types.Router,
): Promise<types.Producer> {
  let piped: types.PipeToRouterResult;
  try {
    // The rooms may be on one worker, where a track cannot be there twice.
    const options = { producerId, router: to, keepId: false, enableSctp: false };
    piped = await from.pipeToRouter(options);
  } catch (error) {
    throw toAppError(error, 'media_unavailable');
  }
  const { pipeProducer } = piped;
  if (pipeProducer === undefined || pipeProducer.closed) throw mediaUnavailable();
  return pipeProducer;
}
