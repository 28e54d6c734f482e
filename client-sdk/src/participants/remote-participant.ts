import type {
  ParticipantInfo,
  StreamState,
  TrackId,
  TrackInfo,
  TrackSource,
} from '@balai/protocol';
import type { BalaiError } from '../errors.ts';
import type { Reception } from '../layers/reception.ts';
import { reportFault } from '../report-fault.ts';
import { createRemoteTrack, type Downstream, RemoteAudioTrack } from '../tracks/remote-track.ts';
import { RemoteTrackPublication } from '../tracks/track-publication.ts';
import { Participant, type ParticipantEventCallbacks } from './participant.ts';

/** Somebody else in the room. */
export class RemoteParticipant extends Participant {
  /** Whether it is ourselves. */
  readonly isLocal = false;
  readonly #publications = new Map<TrackId, RemoteTrackPublication>();
  /** Tracks that take the place of published ones, as soon as something of them has come. */
  readonly #successors = new Map<TrackId, TrackInfo>();
  readonly #reception: Reception;
  readonly #volumes: { [S in TrackSource]?: number } = {};
  #want: (() => void) | undefined;
  #sinkId: string | undefined;

  /** @internal */
  constructor(info: ParticipantInfo, reception: Reception) {
    super();
    this.setInfo(info);
    this.#reception = reception;
    for (const track of latestOf(info.tracks)) {
      this.#publications.set(track.trackId, new RemoteTrackPublication(track, reception));
    }
  }

  get trackPublications(): ReadonlyMap<string, RemoteTrackPublication> {
    return this.#publications;
  }

  override getTrackPublication(source: TrackSource): RemoteTrackPublication | undefined {
    return this.getTrackPublications().find((publication) => publication.source === source);
  }

  /** Everything they publish, received or not. */
  override getTrackPublications(): RemoteTrackPublication[] {
    return [...this.#publications.values()];
  }

  /**
   * How loud their voice is for us, or the sound of their screen: from 0 to 1. Holds for tracks
   * that come later too.
   */
  setVolume(volume: number, source: 'microphone' | 'screen_share_audio' = 'microphone'): void {
    this.#volumes[source] = volume;
    this.getTrackPublication(source)?.audioTrack?.setVolume(volume);
  }

  /** As `setVolume` said; 1 before. */
  getVolume(source: 'microphone' | 'screen_share_audio' = 'microphone'): number {
    return this.#volumes[source] ?? 1;
  }

  /** @internal What to do when somebody listens to the data that they send. */
  whenWanted(want: () => void): void {
    this.#want = want;
  }

  protected override listened(event: keyof ParticipantEventCallbacks): void {
    if (event === 'dataReceived') this.#want?.();
  }

  /** @internal */
  audioTracks(): RemoteAudioTrack[] {
    return this.getTrackPublications()
      .map(({ track }) => track)
      .filter((track) => track instanceof RemoteAudioTrack);
  }

  /** @internal */
  async setAudioOutput(deviceId: string): Promise<void> {
    const former = this.#sinkId;
    this.#sinkId = deviceId;
    try {
      await Promise.all(this.audioTracks().map((track) => track.setSinkId(deviceId)));
    } catch (error) {
      this.#sinkId = former;
      throw error;
    }
  }

  /** @internal */
  addPublication(info: TrackInfo): void {
    const former = info.replaces === undefined ? undefined : this.#publications.get(info.replaces);
    if (former) {
      this.#successors.set(info.trackId, info);
      former.prepare(info.trackId);
      return;
    }
    const publication = new RemoteTrackPublication(info, this.#reception);
    this.#publications.set(info.trackId, publication);
    this.emit('trackPublished', publication);
  }

  /** @internal By its own id, or by that of a track that takes its place. */
  findPublication(trackId: TrackId): RemoteTrackPublication | undefined {
    const former = this.#successors.get(trackId)?.replaces;
    return this.#publications.get(former ?? trackId);
  }

  /** @internal The track whose place this one is about to take. */
  findFormer(trackId: TrackId): TrackId | undefined {
    return this.#successors.get(trackId)?.replaces;
  }

  /**
   * @internal A track gives way to the one that takes its place, if there is one. It stays the
   * same publication, and what is shown of it.
   *
   * @param trackId Of either.
   */
  succeed(trackId: TrackId): void {
    const successors = [...this.#successors.values()];
    const info = successors.find((one) => one.trackId === trackId || one.replaces === trackId);
    const publication = this.#publications.get(info?.replaces ?? '');
    if (!info || !publication) return;
    this.#successors.delete(info.trackId);
    this.#publications.delete(publication.trackSid);
    this.#publications.set(info.trackId, publication);
    publication.renew(info);
    this.setMuted(info.trackId, info.isMuted);
  }

  /**
   * @internal After the room was joined anew. What is published still is the same
   * publication, with the same track; only differences are told.
   */
  renew(info: ParticipantInfo): void {
    this.update(info);
    const gone = new Map(this.#publications);
    this.#successors.clear();
    const kept = latestOf(info.tracks).map((track) => {
      const former = gone.get(track.trackId) ?? [...gone.values()].find(isOf(track.source));
      if (former) gone.delete(former.trackSid);
      return { track, former };
    });
    for (const trackId of gone.keys()) this.removePublication(trackId);
    this.#publications.clear();
    for (const { track, former } of kept) {
      if (former) this.#publications.set(track.trackId, former);
    }
    for (const { track, former } of kept) {
      former?.renew(track);
      if (former) this.setMuted(track.trackId, track.isMuted);
      else this.addPublication(track);
    }
  }

  /** @internal */
  removePublication(trackId: TrackId): void {
    this.#successors.delete(trackId);
    const publication = this.#publications.get(trackId);
    if (!publication) return;
    this.endMedia(trackId);
    this.#publications.delete(trackId);
    this.emit('trackUnpublished', publication);
  }

  /** @internal */
  setMuted(trackId: TrackId, isMuted: boolean): void {
    const successor = this.#successors.get(trackId);
    if (successor) this.#successors.set(trackId, { ...successor, isMuted });
    const publication = this.findPublication(trackId);
    if (!publication || publication.isMuted === isMuted) return;
    publication.setMuted(isMuted);
    this.emit(isMuted ? 'trackMuted' : 'trackUnmuted', publication);
  }

  /** @internal */
  beginMedia(trackId: TrackId, downstream: Downstream): void {
    this.succeed(trackId);
    const publication = this.#publications.get(trackId);
    if (!publication) return;
    if (publication.track) {
      publication.track.renew(trackId, downstream);
      this.setStreamState(trackId, 'active');
      return;
    }
    const track = createRemoteTrack(publication.info, downstream);
    if (track instanceof RemoteAudioTrack) {
      track.setVolume(this.#volumes[track.source] ?? 1);
      if (this.#sinkId !== undefined) {
        track
          .setSinkId(this.#sinkId)
          .catch((error: unknown) => reportFault('the chosen speaker cannot be used', error));
      }
    }
    publication.setTrack(track);
    publication.emit('subscribed', track);
    this.emit('trackSubscribed', track, publication);
  }

  /** @internal */
  setStreamState(trackId: TrackId, state: StreamState): void {
    const publication = this.#publications.get(trackId);
    if (!publication?.track || publication.track.streamState === state) return;
    publication.track.setStreamState(state);
    this.emit('trackStreamStateChanged', publication, state);
  }

  /** @internal */
  failMedia(trackId: TrackId, error: BalaiError): void {
    // It may be there still from before the room was joined anew.
    this.endMedia(trackId);
    this.#publications.get(trackId)?.emit('subscriptionFailed', error);
    this.emit('trackSubscriptionFailed', trackId, error);
  }

  /** @internal The elements are left attached, as in livekit-client: detach in `trackUnsubscribed`. */
  endMedia(trackId: TrackId): void {
    const publication = this.#publications.get(trackId);
    const track = publication?.track;
    if (!publication || !track) return;
    publication.setTrack(undefined);
    publication.emit('unsubscribed', track);
    this.emit('trackUnsubscribed', track, publication);
  }
}

/** Without those that another one has taken the place of. */
function latestOf(tracks: readonly TrackInfo[]): readonly TrackInfo[] {
  const replaced = new Set(tracks.map(({ replaces }) => replaces));
  return tracks.filter(({ trackId }) => !replaced.has(trackId));
}

function isOf(source: TrackSource) {
  return (publication: RemoteTrackPublication) => publication.source === source;
}
