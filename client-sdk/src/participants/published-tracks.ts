import type { TrackId, TrackSource, VideoCodec } from '@balai/protocol';
import { BalaiError, ConnectionError } from '../errors.ts';
import type { Published, Publisher } from '../media/publisher.ts';
import { planSend } from '../media/send-plan.ts';
import type { RoomOptions, TrackPublishOptions } from '../options.ts';
import type { LocalTrack } from '../tracks/local-track.ts';
import { LocalTrackPublication } from '../tracks/track-publication.ts';

/** The way into the room for what we publish. */
export interface Entrance {
  /** Whether there is a room, or one is being joined. */
  isOpen(): boolean;
  /** Waits for a room that is being joined. */
  publisher(): Promise<Publisher>;
}

/** @throws ConnectionError `not_connected` if there is no room to publish to, and none is being joined. */
export function assertOpen(entrance: Entrance): void {
  if (!entrance.isOpen()) throw new ConnectionError('not_connected');
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

/** Of a picture, in pixels; 0 where unknown and for sound. */
interface Size {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

interface Sent {
  readonly published: Published;
  readonly size: Size;
}

interface How {
  readonly options: TrackPublishOptions;
  /** What everybody in the room can receive, where somebody could not receive what we chose. */
  readonly videoCodecs?: readonly VideoCodec[] | undefined;
  /** The track whose place it takes. */
  readonly replaces?: TrackId | undefined;
}

interface Held extends Sent, How {
  readonly publication: LocalTrackPublication;
  /** Takes our listeners off the track. */
  readonly release: () => void;
}

/** What we publish now. The order of calls for one source is the caller's business. */
export class PublishedTracks {
  readonly #entrance: Entrance;
  readonly #defaults: RoomOptions;
  readonly #hooks: PublishedTracksHooks;
  readonly #held = new Map<TrackId, Held>();
  #publications: ReadonlyMap<TrackId, LocalTrackPublication> = new Map();

  constructor(entrance: Entrance, defaults: RoomOptions, hooks: PublishedTracksHooks) {
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
    assertOpen(this.#entrance);
    const { published, size } = await this.#send(track, { options }, sizeOf(track));
    const name = options.name ?? '';
    const publication = new LocalTrackPublication(track, { ...published, name });
    this.#hold({ publication, published, options, size });
    return publication;
  }

  /** The stay is lost, and another one comes: until then nothing is asked of a server. */
  suspend(): void {
    for (const { publication } of this.#held.values()) publication.track.unbind();
  }

  /**
   * Publishes again, in another stay, as it is now: muted or not, from whatever
   * device. It stays the same publication.
   *
   * @throws as `publish`; then it is unpublished.
   */
  async renew(publication: LocalTrackPublication): Promise<void> {
    const held = this.#held.get(publication.trackSid);
    if (held) await this.#sendAgain(held);
  }

  /**
   * Publishes in another place too, while our media moves. It stays the same publication, of
   * what is sent there.
   *
   * @throws as `publish`; then it is what it was.
   */
  async move(publication: LocalTrackPublication): Promise<void> {
    const held = this.#held.get(publication.trackSid);
    if (!held) return;
    const { videoCodecs, options, size } = held;
    const how = { options, videoCodecs, replaces: publication.trackSid };
    const { published } = await this.#send(publication.track, how, size);
    this.#rename(held, published);
  }

  /**
   * Publishes a track anew, in a codec that everybody can receive (SPEC 9.6).
   * It stays the same publication. Once for each: after that there is none.
   *
   * @throws as `publish`; then it is unpublished.
   */
  async changeCodec(trackId: TrackId, videoCodecs: readonly VideoCodec[]): Promise<void> {
    const held = this.#held.get(trackId);
    if (!held || held.videoCodecs || videoCodecs.length === 0) return;
    await held.published.unpublish();
    held.publication.track.unbind();
    await this.#sendAgain({ ...held, videoCodecs });
  }

  async #sendAgain(held: Held): Promise<void> {
    const { publication } = held;
    try {
      const { published } = await this.#send(publication.track, held, held.size);
      this.#rename(held, published);
    } catch (error) {
      this.#drop(held, this.#stopsTracks);
      throw error;
    }
  }

  #rename(held: Held, published: Published): void {
    const { publication } = held;
    this.#held.delete(publication.trackSid);
    publication.setFacts({ ...published, name: publication.trackName });
    this.#held.set(publication.trackSid, { ...held, published });
    this.#refresh();
  }

  /** What happens here happens at once; the promise is the server's. */
  async unpublish(
    publication: LocalTrackPublication,
    stopTrack = this.#stopsTracks,
  ): Promise<void> {
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

  /** Publishes in the stay that there is, or in the next one if that is lost meanwhile. */
  async #send(track: LocalTrack, how: How, former: Size): Promise<Sent> {
    const publisher = await this.#entrance.publisher();
    try {
      const sent = await track.bind(() => this.#sendNow(publisher, track, how, former));
      if (!publisher.isClosed) return { published: sent, size: sent.size };
    } catch (error) {
      if (!publisher.isClosed || !this.#entrance.isOpen()) throw error;
    }
    track.unbind();
    if (!this.#entrance.isOpen()) throw new ConnectionError('cancelled');
    return await this.#send(track, how, former);
  }

  /** @param former For a camera that is closed while it is muted. */
  async #sendNow(
    publisher: Publisher,
    track: LocalTrack,
    { options, videoCodecs, replaces }: How,
    former: Size,
  ): Promise<Published & { readonly size: Size }> {
    const isClosed = track.isMuted && track.mediaStreamTrack.readyState === 'ended';
    const mediaStreamTrack =
      isClosed && track.kind === 'video' ? blankPicture() : track.mediaStreamTrack;
    // Browsers take a screen that nobody has said anything about for a film, and blur its letters.
    if (track.source === 'screen_share') mediaStreamTrack.contentHint ||= 'detail';
    const { contentHint } = mediaStreamTrack;
    const size = isClosed ? former : sizeOf(track);
    const { width, height, frameRate } = size;
    const plans = planSend(
      { source: track.source, width, height, frameRate, contentHint },
      {
        ...this.#defaults.publishDefaults,
        ...options,
        ...(videoCodecs?.[0] && { videoCodec: videoCodecs[0] }),
      },
      videoCodecs ?? publisher.videoCodecs,
    );
    const published = await publisher.publish({
      mediaStreamTrack,
      source: track.source,
      name: options.name ?? '',
      isMuted: track.isMuted,
      width,
      height,
      plans,
      replaces,
    });
    return { ...published, size };
  }

  #hold(parts: Omit<Held, 'release'>): void {
    const { publication } = parts;
    const { track } = publication;
    const onMuted = () => {
      publication.emit('muted');
      this.#hooks.onMuted(publication);
    };
    const onUnmuted = () => {
      publication.emit('unmuted');
      this.#hooks.onUnmuted(publication);
    };
    const onEnded = () => {
      publication.emit('ended', track);
      this.#hooks.onEnded(publication);
    };
    track.watch('muted', onMuted).watch('unmuted', onUnmuted).watch('ended', onEnded);
    const release = () => {
      track.off('muted', onMuted).off('unmuted', onUnmuted).off('ended', onEnded);
    };
    this.#held.set(publication.trackSid, { ...parts, release });
    this.#refresh();
    this.#hooks.onPublished(publication);
  }

  #drop({ publication, release }: Held, stopTrack: boolean): void {
    release();
    publication.track.unbind();
    if (stopTrack) publication.track.stop();
    this.#held.delete(publication.trackSid);
    this.#refresh();
    this.#hooks.onUnpublished(publication);
  }

  get #stopsTracks(): boolean {
    return this.#defaults.stopLocalTrackOnUnpublish ?? true;
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

function sizeOf(track: LocalTrack): Size {
  const { width = 0, height = 0, frameRate = 0 } = track.mediaStreamTrack.getSettings();
  return track.kind === 'video' ? { width, height, frameRate } : { width: 0, height: 0, frameRate };
}

/** Stands in for a camera that is closed while it is muted: browsers send no track that has ended. */
function blankPicture(): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.getContext('2d');
  const [track] = canvas.captureStream(0).getVideoTracks();
  if (!track) throw new BalaiError('track_ended');
  return track;
}
