import type { Grants, ParticipantInfo, TrackSource } from '@balai/protocol';
import type { InputKind } from '../capture/track-opener.ts';
import { BalaiError, MediaDeviceError } from '../errors.ts';
import type {
  AudioCaptureOptions,
  ScreenShareCaptureOptions,
  TrackPublishOptions,
  VideoCaptureOptions,
  VideoCodec,
} from '../options.ts';
import { reportFault } from '../report-fault.ts';
import { type LocalTrack, LocalTrackBase } from '../tracks/local-track.ts';
import type { LocalTrackPublication } from '../tracks/track-publication.ts';
import { Lane } from './lane.ts';
import type { LocalParticipantParts } from './local-participant-parts.ts';
import { assertOpen, PublishedTracks } from './published-tracks.ts';
import { SelfParticipant } from './self-participant.ts';
import type { SwitchName, Wish } from './switches.ts';
import { WrappedTracks } from './wrapped-tracks.ts';

/** Ourselves in the room: what we publish. */
export class LocalParticipant extends SelfParticipant {
  /** Whether it is ourselves. */
  readonly isLocal = true;
  readonly #parts: LocalParticipantParts;
  readonly #published: PublishedTracks;
  readonly #lanes: Readonly<Record<SwitchName, Lane<Wish, LocalTrackPublication | undefined>>>;
  readonly #lastErrors: { [N in SwitchName]?: Error | undefined } = {};
  readonly #wrapped = new WrappedTracks();

  /** @internal */
  constructor(parts: LocalParticipantParts) {
    super(parts);
    this.#parts = parts;
    const lane = (name: SwitchName) => new Lane((wish: Wish) => this.#fulfil(name, wish));
    this.#lanes = {
      camera: lane('camera'),
      microphone: lane('microphone'),
      screen: lane('screen'),
    };
    this.#published = new PublishedTracks(parts.entrance, parts.options, {
      onPublished: (publication) => this.emit('localTrackPublished', publication),
      onUnpublished: (publication) => this.emit('localTrackUnpublished', publication),
      onMuted: (publication) => this.emit('trackMuted', publication),
      onUnmuted: (publication) => this.emit('trackUnmuted', publication),
      onEnded: (publication) => this.#takeBack(publication),
    });
  }

  /** Why the camera could not be opened the last time; undefined if it could. */
  get lastCameraError(): Error | undefined {
    return this.#lastErrors.camera;
  }

  /** Why the microphone could not be opened the last time; undefined if it could. */
  get lastMicrophoneError(): Error | undefined {
    return this.#lastErrors.microphone;
  }

  get trackPublications(): ReadonlyMap<string, LocalTrackPublication> {
    return this.#published.publications;
  }

  override getTrackPublication(source: TrackSource): LocalTrackPublication | undefined {
    return this.#published.findBySource(source);
  }

  /** Everything we publish, muted or not. */
  override getTrackPublications(): LocalTrackPublication[] {
    return [...this.#published.publications.values()];
  }

  /**
   * Turns the camera on or off. Off mutes it and closes the device, so that its
   * light goes out; on opens it and publishes or unmutes it. Called while the
   * room is being joined, the camera opens at once and is published as soon as
   * it can be. Of calls in quick succession the last one counts.
   *
   * @returns the publication; undefined where there was nothing to turn off.
   * @throws MediaDeviceError and `mediaDevicesError` is told.
   * @throws BalaiError as `publishTrack` does.
   */
  setCameraEnabled(
    enabled: boolean,
    options?: VideoCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined> {
    return this.#lanes.camera.wish({
      isOn: enabled,
      open: async () => [await this.opener.openCamera(options)],
      publishOptions: publishOptions ?? {},
    });
  }

  /**
   * Turns the microphone on or off. Off mutes it, and the device stays open, so
   * that on is instant. For the rest as `setCameraEnabled`.
   */
  setMicrophoneEnabled(
    enabled: boolean,
    options?: AudioCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined> {
    return this.#lanes.microphone.wish({
      isOn: enabled,
      open: async () => [await this.opener.openMicrophone(options)],
      publishOptions: publishOptions ?? {},
    });
  }

  /**
   * Shares a screen, and its sound where the browser gives it, or ends that.
   * Ending it in the browser's own bar unpublishes it too.
   *
   * @returns the publication of the picture; undefined where there was nothing to end.
   * @throws MediaDeviceError `permission_denied`, also when the person closes the dialog.
   * @throws BalaiError as `publishTrack` does.
   */
  setScreenShareEnabled(
    enabled: boolean,
    options?: ScreenShareCaptureOptions,
    publishOptions?: TrackPublishOptions,
  ): Promise<LocalTrackPublication | undefined> {
    return this.#lanes.screen.wish({
      isOn: enabled,
      open: () => this.opener.openScreen(options),
      publishOptions: publishOptions ?? {},
    });
  }

  /**
   * Turns both on, with one question to the person. If only one of them can be
   * had, that one is published, and `mediaDevicesError` tells of the other.
   *
   * @throws BalaiError if neither could be published.
   */
  async enableCameraAndMicrophone(): Promise<void> {
    assertOpen(this.#parts.entrance);
    const isNew = !this.getTrackPublication('camera') && !this.getTrackPublication('microphone');
    // Without one of them there is nothing to be had for both, and each is asked for alone.
    const both: Promise<readonly LocalTrack[]> = isNew
      ? this.opener.openTracks().catch(none)
      : Promise.resolve([]);
    const takeOne = async (kind: LocalTrack['kind'], openAlone: () => Promise<LocalTrack>) => {
      const track = (await both).find((one) => one.kind === kind);
      return [track ?? (await openAlone())];
    };
    const [camera, microphone] = await Promise.allSettled([
      this.#lanes.camera.wish({
        isOn: true,
        open: () => takeOne('video', () => this.opener.openCamera()),
        publishOptions: {},
      }),
      this.#lanes.microphone.wish({
        isOn: true,
        open: () => takeOne('audio', () => this.opener.openMicrophone()),
        publishOptions: {},
      }),
    ]);
    // A later wish may have overtaken ours, and our track is not wanted.
    for (const track of await both) {
      if (!this.#published.findByTrack(track)) track.stop();
    }
    if (camera.status === 'rejected' && microphone.status === 'rejected') throw camera.reason;
  }

  /**
   * Publishes a track of the application, or one of `createLocalTracks`. A track
   * that is muted is published muted.
   *
   * @throws ServerError as the server refuses, for example `forbidden`, or
   * `conflict` for a second track of the same source.
   * @throws BalaiError `not_connected`, `track_ended`, `unsupported_browser`, `cancelled`,
   * `request_timeout`.
   */
  publishTrack(
    track: LocalTrack | MediaStreamTrack,
    options: TrackPublishOptions = {},
  ): Promise<LocalTrackPublication> {
    const local = this.#toLocalTrack(track, options.source);
    return this.#laneOf(local.source).run(() => this.#published.publish(local, options));
  }

  /**
   * Takes a track back.
   *
   * @param stopOnUnpublish Whether its device is closed; default as `RoomOptions` say.
   * @returns the former publication; undefined if the track is not published.
   */
  async unpublishTrack(
    track: LocalTrack | MediaStreamTrack,
    stopOnUnpublish?: boolean,
  ): Promise<LocalTrackPublication | undefined> {
    return await this.#laneOf(this.#toLocalTrack(track).source).run(async () => {
      const publication = this.#published.findByTrack(track);
      if (publication) await this.#published.unpublish(publication, stopOnUnpublish);
      return publication;
    });
  }

  /** As `unpublishTrack` of each. */
  async unpublishTracks(
    tracks: readonly (LocalTrack | MediaStreamTrack)[],
  ): Promise<LocalTrackPublication[]> {
    const former = await Promise.all(tracks.map((track) => this.unpublishTrack(track)));
    return former.filter((publication) => publication !== undefined);
  }

  /** @internal For what is published now, and for what will be. @returns whether it is this device now. */
  switchDevice(kind: InputKind, deviceId: ConstrainDOMString): Promise<boolean> {
    const name = kind === 'audioinput' ? 'microphone' : 'camera';
    return this.#lanes[name].run(async () => {
      const publication = this.getTrackPublication(name);
      const isUsed = await this.#watchDevice(
        name,
        async () => (await publication?.track.setDeviceId(deviceId)) ?? true,
      );
      this.opener.choose(kind, deviceId);
      return isUsed;
    });
  }

  /** @internal The stay is lost, and another one comes. */
  suspend(): void {
    this.#published.suspend();
  }

  /** @internal There is another stay: what was published is published again. Never rejects. */
  async renew(info: ParticipantInfo, grants: Grants): Promise<void> {
    this.recognize(info, grants);
    const renewals = this.getTrackPublications().map((publication) =>
      this.#sendAgain(publication, () => this.#published.renew(publication)),
    );
    await Promise.all(renewals);
  }

  /** @internal Our media goes on in another place: what is published is published there too. */
  async move(): Promise<void> {
    await Promise.all(
      this.getTrackPublications().map((publication) =>
        this.#laneOf(publication.source).run(() => this.#published.move(publication)),
      ),
    );
  }

  /** @internal Somebody cannot receive what we publish. Never rejects. */
  async changeCodec(trackId: string, videoCodecs: readonly VideoCodec[]): Promise<void> {
    const publication = this.trackPublications.get(trackId);
    if (!publication) return;
    await this.#sendAgain(publication, () => this.#published.changeCodec(trackId, videoCodecs));
  }

  /** @internal The stay is over: whatever was published is not any more. */
  leave(stopTracks: boolean): void {
    this.#published.clear(stopTracks);
    this.setQuality('unknown');
  }

  protected override takeOff(publication: LocalTrackPublication, isOnlyMuted?: boolean): void {
    const { source } = publication;
    this.#laneOf(source)
      .run(async () => {
        if (isOnlyMuted) await publication.mute();
        else await this.#end(publication);
      })
      .catch((error: unknown) => reportFault('a track was not taken off', error));
  }

  async #fulfil(name: SwitchName, wish: Wish): Promise<LocalTrackPublication | undefined> {
    const publication = this.getTrackPublication(name === 'screen' ? 'screen_share' : name);
    if (!wish.isOn) {
      if (name === 'screen') await this.#endScreen();
      else await publication?.mute();
      return publication;
    }
    if (publication) {
      await this.#watchDevice(name, () => publication.unmute());
      return publication;
    }
    assertOpen(this.#parts.entrance);
    const tracks = await this.#watchDevice(name, wish.open);
    try {
      const [first] = await Promise.all(
        tracks.map((track) => this.#published.publish(track, wish.publishOptions)),
      );
      return first;
    } catch (error) {
      // All or nothing: a picture whose sound was refused is taken back.
      for (const track of tracks) {
        track.stop();
        this.#takeBack(this.#published.findByTrack(track));
      }
      throw error;
    }
  }

  /** A screen takes its sound along. */
  async #endScreen(): Promise<void> {
    const ending = (['screen_share', 'screen_share_audio'] as const)
      .map((source) => this.getTrackPublication(source))
      .filter((publication) => publication !== undefined)
      .map((publication) => this.#published.unpublish(publication));
    await Promise.all(ending);
  }

  #end(publication: LocalTrackPublication): Promise<void> {
    return publication.source === 'screen_share'
      ? this.#endScreen()
      : this.#published.unpublish(publication, true);
  }

  /** Goes on with another device where one ended without being asked to; else unpublishes it. */
  #takeBack(publication: LocalTrackPublication | undefined): void {
    if (!publication) return;
    this.#laneOf(publication.source)
      .run(async () => {
        if (this.#published.findByTrack(publication.track) !== publication) return;
        await publication.track.recover().catch(async (error: unknown) => {
          if (!(error instanceof BalaiError)) reportFault('an ended track cannot go on', error);
          await this.#end(publication);
        });
      })
      .catch((error: unknown) => reportFault('an ended track was not unpublished', error));
  }

  /** Remembers and tells why a device could not be opened. */
  async #watchDevice<T>(name: SwitchName, open: () => Promise<T>): Promise<T> {
    try {
      const result = await open();
      this.#lastErrors[name] = undefined;
      return result;
    } catch (error) {
      if (error instanceof MediaDeviceError) {
        this.#lastErrors[name] = error;
        this.emit('mediaDevicesError', error, error.kind);
      }
      throw error;
    }
  }

  #toLocalTrack(track: LocalTrack | MediaStreamTrack, source?: TrackSource): LocalTrack {
    if (track instanceof LocalTrackBase) return track;
    return this.#wrapped.wrap(track, source, this.#published.findByTrack(track)?.track);
  }

  #sendAgain({ source }: LocalTrackPublication, send: () => Promise<void>): Promise<void> {
    return this.#laneOf(source)
      .run(send)
      .catch((error: unknown) => reportFault('a track was not published again', error));
  }

  #laneOf(source: TrackSource): Lane<Wish, LocalTrackPublication | undefined> {
    return this.#lanes[source === 'camera' || source === 'microphone' ? source : 'screen'];
  }
}

function none(): readonly LocalTrack[] {
  return [];
}
