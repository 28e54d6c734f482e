import { Calls } from '../features/data/calls.ts';
import { DataLinks } from '../features/data/data-links.ts';
import { Texts } from '../features/data/texts.ts';
import { Layers } from '../features/layers/layers.ts';
import { Moving } from '../features/moving/moving.ts';
import { Qualities } from '../features/quality/qualities.ts';
import type { Broadcast } from '../features/sessions/connection.ts';
import type { Sessions } from '../features/sessions/sessions.ts';
import type { RoomRelay } from '../features/sessions/sharing/room-relay.ts';
import { Speakers, type SpeakersOptions } from '../features/speakers/speakers.ts';
import { Deliveries } from '../features/tracks/deliveries.ts';
import { Tracks } from '../features/tracks/tracks.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { MovableMedia } from '../media/movable-media.ts';

export interface MediaPartsOptions
  extends Pick<SpeakersOptions, 'readSettings' | 'defaults' | 'clock' | 'logger'> {
  readonly media: MediaPlane;
  /** Undefined where media cannot move. */
  readonly movable: MovableMedia | undefined;
  readonly metrics: Pick<Metrics, 'count'>;
  readonly sessions: Sessions;
  readonly broadcast: Broadcast;
  readonly relay: RoomRelay;
}

/** What people send each other besides messages that are kept. */
export interface MediaParts {
  readonly tracks: Tracks;
  readonly deliveries: Deliveries;
  readonly layers: Layers;
  readonly moving: Moving | undefined;
  readonly speakers: Speakers;
  readonly dataLinks: DataLinks;
  readonly texts: Texts;
  readonly calls: Calls;
  /** Idempotent. */
  close(): void;
}

/** Builds what people send each other besides messages that are kept. */
export function createMediaParts(options: MediaPartsOptions): MediaParts {
  const { media, movable, sessions, broadcast, relay, metrics, clock, logger } = options;
  const deliveries = new Deliveries(media, sessions, logger);
  const layers = new Layers(media, sessions);
  const tracks = new Tracks(media, sessions, logger);
  const moving = movable && new Moving({ media: movable, sessions, tracks, metrics, logger });
  const speakers = new Speakers({ ...options, layers });
  const qualities = new Qualities({ media, sessions, broadcast, relay, clock });
  const dataLinks = new DataLinks(media, sessions, logger);
  const texts = new Texts(sessions, broadcast, clock, relay);
  const calls = new Calls(sessions);
  return {
    tracks,
    deliveries,
    layers,
    moving,
    speakers,
    dataLinks,
    texts,
    calls,
    close() {
      moving?.close();
      deliveries.close();
      tracks.close();
      speakers.close();
      qualities.close();
      layers.close();
      dataLinks.close();
      calls.close();
    },
  };
}
