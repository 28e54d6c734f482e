import { Calls } from '../features/data/calls.ts';
import { DataLinks } from '../features/data/data-links.ts';
import { Texts } from '../features/data/texts.ts';
import { Layers } from '../features/layers/layers.ts';
import { Qualities } from '../features/quality/qualities.ts';
import type { Broadcast } from '../features/sessions/connection.ts';
import type { Sessions } from '../features/sessions/sessions.ts';
import { Speakers, type SpeakersOptions } from '../features/speakers/speakers.ts';
import { Deliveries } from '../features/tracks/deliveries.ts';
import { Tracks } from '../features/tracks/tracks.ts';
import type { MediaPlane } from '../media/media-plane.ts';

export interface MediaPartsOptions
  extends Pick<SpeakersOptions, 'readSettings' | 'defaults' | 'clock' | 'logger'> {
  readonly media: MediaPlane;
  readonly sessions: Sessions;
  readonly broadcast: Broadcast;
}

/** What people send each other besides messages that are kept. */
export interface MediaParts {
  readonly tracks: Tracks;
  readonly deliveries: Deliveries;
  readonly layers: Layers;
  readonly speakers: Speakers;
  readonly dataLinks: DataLinks;
  readonly texts: Texts;
  readonly calls: Calls;
  /** Idempotent. */
  close(): void;
}

/** Builds what people send each other besides messages that are kept. */
export function createMediaParts(options: MediaPartsOptions): MediaParts {
  const { media, sessions, broadcast, clock, logger } = options;
  const deliveries = new Deliveries(media, sessions, logger);
  const layers = new Layers(media, sessions);
  const tracks = new Tracks(media, sessions, logger);
  const speakers = new Speakers({ ...options, layers });
  const qualities = new Qualities({ media, sessions, broadcast, clock });
  const dataLinks = new DataLinks(media, sessions, logger);
  const texts = new Texts(sessions, broadcast, clock);
  const calls = new Calls(sessions);
  return {
    tracks,
    deliveries,
    layers,
    speakers,
    dataLinks,
    texts,
    calls,
    close() {
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
