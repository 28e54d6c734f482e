import type { TrackId, TrackSource } from '@balai/protocol';
import { ConnectionError } from '../errors.ts';
import type { Published, Publisher } from '../media/publisher.ts';
import { planSend } from '../media/send-plan.ts';
import type { TrackPublishDefaults, TrackPublishOptions } from '../options.ts';
import type { LocalTrack } from '../tracks/local-track.ts';
import { LocalTrackPublication } from '../tracks/track-publication.ts';

/** The way into the room for what we publish. */
export interface Entrance {
  /** @throws ConnectionError `not_connected` if there is no room to publish to, and none is being joined. */
  assertOpen(): void;
  /** Waits for a room that is being joined. */
  publisher(): Promise<Publisher>;
}

/** What happens to what we publish. */
export interface PublishedTracksHooks {
  readonly onPublished: (publication: LocalTrackPublication) => void;
  readonly onUnpublished: (publication: LocalTrackPublication) => void;
  readonly onMuted: (publication: LocalTrackPublication) => void;
  readonly onUnmuted: (publication: LocalTrackPublication) => void;
  /** The device or screen went away by itself. */
  readonly onEnded: (publication: LocalTrackPublication) => void;
}

interface Held {
  readonly publication: LocalTrackPublication;
  readonly published: Published;
  /** Takes our listeners off the track. */
  readonly release: () => void;
}

/** What we publish now. The order of calls for one source is the caller's business. */
export class PublishedTracks {
  readonly #entrance: Entrance;
  readonly #defaults: TrackPublishDefaults;
  readonly #hooks: PublishedTracksHooks;
  readonly #held = new Map<TrackId, Held>();
  #publications: ReadonlyMap<TrackId, LocalTrackPublication> = new Map();

  constructor(entrance: Entrance, defaults: TrackPublishDefaults, hooks: PublishedTracksHooks) {
    this.#entrance = entrance;
    this.#defaults = defaults;
    this.#hooks = hooks;
  }

  get publications(): ReadonlyMap<TrackId, LocalTrackPublication> {
    return this.#publications;
  }

  findBySource(source: TrackSource): LocalTrackPublication | undefined {
    return this.#find((publication) => publication.source === source)?.publication;
  }

  findByTrack(track: LocalTrack | MediaStreamTrack): LocalTrackPublication | undefined {
    return this.#find(({ track: own }) => own === track || own.mediaStreamTrack === track)
      ?.publication;
  }

  /** Throws as `LocalParticipant.publishTrack` says. The track is left as it was then. */
  async publish(track: LocalTrack, options: TrackPublishOptions): Promise<LocalTrackPublication> {
    this.#entrance.assertOpen();
    const publisher = await this.#entrance.publisher();
    const { width = 0, height = 0, frameRate = 0 } = track.mediaStreamTrack.getSettings();
    // Browsers take a screen that nobody has said anything about for a film, and blur its letters.
    if (track.source === 'screen_share') track.mediaStreamTrack.contentHint ||= 'detail';
    const { contentHint } = track.mediaStreamTrack;
    const name = options.name ?? '';
    const size = track.kind === 'video' ? { width, height } : { width: 0, height: 0 };
    const plans = planSend(
      { source: track.source, ...size, frameRate, contentHint },
      { ...this.#defaults, ...options },
      publisher.videoCodecs,
    );
    const published = await track.bind(() =>
      publisher.publish({
        mediaStreamTrack: track.mediaStreamTrack,
        source: track.source,
        name,
        isMuted: track.isMuted,
        ...size,
        plans,
      }),
    );
    if (publisher.isClosed) {
      track.unbind();
      throw new ConnectionError('cancelled');
    }
    return this.#hold(track, published, name);
  }

  /** What happens here happens at once; the promise is the server's. */
  async unpublish(publication: LocalTrackPublication, stopTrack: boolean): Promise<void> {
    const held = this.#held.get(publication.trackSid);
    if (!held) return;
    const told = held.published.unpublish();
    this.#drop(held, stopTrack);
    await told;
  }

  /** The stay is over, and with it everything that was published. */
  clear(stopTracks: boolean): void {
    for (const held of [...this.#held.values()]) this.#drop(held, stopTracks);
  }

  #hold(track: LocalTrack, published: Published, name: string): LocalTrackPublication {
    const publication = new LocalTrackPublication(track, { ...published, name });
    const onMuted = () => this.#hooks.onMuted(publication);
    const onUnmuted = () => this.#hooks.onUnmuted(publication);
    const onEnded = () => this.#hooks.onEnded(publication);
    track.on('muted', onMuted).on('unmuted', onUnmuted).on('ended', onEnded);
    const release = () => {
      track.off('muted', onMuted).off('unmuted', onUnmuted).off('ended', onEnded);
    };
    this.#held.set(publication.trackSid, { publication, published, release });
    this.#refresh();
    this.#hooks.onPublished(publication);
    return publication;
  }

  #drop({ publication, release }: Held, stopTrack: boolean): void {
    release();
    publication.track.unbind();
    if (stopTrack) publication.track.stop();
    this.#held.delete(publication.trackSid);
    this.#refresh();
    this.#hooks.onUnpublished(publication);
  }

  #find(test: (publication: LocalTrackPublication) => boolean): Held | undefined {
    return [...this.#held.values()].find(({ publication }) => test(publication));
  }

  #refresh(): void {
    this.#publications = new Map(
      Array.from(this.#held, ([trackId, { publication }]) => [trackId, publication]),
    );
  }
}
