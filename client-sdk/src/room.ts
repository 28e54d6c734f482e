import type {
  DisconnectReason,
  Identity,
  ParticipantId,
  RoomId,
  RoomInfo,
  Snapshot,
} from '@balai/protocol';
import { AudioPlayback } from './audio-playback.ts';
import { tellDeviceChanges } from './capture/device-changes.ts';
import { getLocalDevices } from './capture/local-devices.ts';
import { ChatFeed } from './chat-feed.ts';
import type { ConnectionState } from './connection-state.ts';
import type { DataLink } from './data/data-link.ts';
import { DataRoom } from './data/data-room.ts';
import { forwardLocalEvents, forwardRemoteEvents } from './forward-events.ts';
import { Reception } from './layers/reception.ts';
import type { RoomConnectOptions, RoomOptions } from './options.ts';
import { ActiveSpeakers } from './participants/active-speakers.ts';
import { LocalParticipant } from './participants/local-participant.ts';
import type { Participant } from './participants/participant.ts';
import type { RemoteParticipant } from './participants/remote-participant.ts';
import { Roster } from './participants/roster.ts';
import { RoomConnection, type RoomConnectionParts } from './reconnect/room-connection.ts';
import { reportFault } from './report-fault.ts';
import { warmUp } from './rest.ts';
import { browserParts, type RoomParts } from './room-parts.ts';
import type { Stay } from './stay.ts';

/**
 * A meeting, as one client sees it. The same object can join again after it was
 * disconnected.
 */
export class Room extends DataRoom {
  /** Ourselves. Exists before the room is joined. */
  readonly localParticipant: LocalParticipant;
  readonly #options: RoomOptions;
  readonly #reception: Reception;
  readonly #roster: Roster;
  readonly #playback = new AudioPlayback((isPlaying) =>
    this.emit('audioPlaybackChanged', isPlaying),
  );
  readonly #deviceListener = { onDeviceChange: () => this.emit('mediaDevicesChanged') };
  readonly #speakers = new ActiveSpeakers(
    (id) => this.findParticipant(id),
    (speakers) => this.emit('activeSpeakersChanged', speakers),
  );
  readonly #chat = new ChatFeed((message) => {
    const author = this.getParticipantByIdentity(message.identity);
    author?.emit('chatMessage', message);
    this.emit('chatMessage', message, author);
  });
  readonly #activeDevices = new Map<MediaDeviceKind, string>();
  readonly #connection: RoomConnection;
  /** @internal */
  info: RoomInfo | undefined;

  constructor(options?: RoomOptions);
  /** @internal */
  constructor(options?: RoomOptions, parts?: RoomParts);
  constructor(options: RoomOptions = {}, parts: RoomParts = browserParts) {
    super();
    this.#options = options;
    this.#reception = new Reception(options, () => this.#connection.stay?.subscriber);
    this.#roster = new Roster(
      {
        find: (id) => this.findParticipant(id),
        onKnown: (participant) => this.#meet(participant),
        onJoined: (participant) => this.emit('participantConnected', participant),
        onLeft: (participant) => {
          this.emit('participantDisconnected', participant);
          this.data.meet();
        },
        onTrackGone: (trackId) => this.#connection.stay?.subscriber.endTrack(trackId),
      },
      this.#reception,
    );
    this.localParticipant = new LocalParticipant({
      options,
      capture: parts.capture,
      data: this.data,
      ask: (method, params) => this.ask(method, params),
      room: this,
      entrance: {
        isOpen: () => this.state !== 'disconnected',
        publisher: async () => (await this.#connection.awaitStay()).publisher,
      },
    });
    this.#connection = new RoomConnection({
      options,
      parts,
      hooks: {
        onState: () => this.emit('connectionStateChanged', this.state),
        onEntered: (stay, connectOptions, isBack) => this.#enter(stay, connectOptions, isBack),
        onConnected: () => this.emit('connected'),
        onSignalReconnecting: () => this.emit('signalReconnecting'),
        onReconnecting: () => {
          this.localParticipant.suspend();
          this.emit('reconnecting');
        },
        onReconnected: () => this.emit('reconnected'),
        onWaiting: (since) => this.emit('waitingInLobby', since),
        onMoved: ({ room, reason }) => {
          this.localParticipant.suspend();
          if (this.info) this.info = { ...this.info, ...room };
          this.emit('moved', room.name, reason);
          this.#roster.depart();
        },
        onOver: (reason, stopTracks) => this.#wrapUp(reason, stopTracks),
      },
      stayHooks: this.#stayHooks(),
    });
    forwardLocalEvents(this.localParticipant, this);
    tellDeviceChanges(new WeakRef(this.#deviceListener));
  }

  /** As {@link getLocalDevices}. */
  static getLocalDevices(
    kind?: MediaDeviceKind,
    requestPermissions = true,
  ): Promise<MediaDeviceInfo[]> {
    return getLocalDevices(kind, requestPermissions);
  }

  /** Whether the room is joined. Changes with `connectionStateChanged`. */
  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Of the room that was joined last; empty before. */
  get name(): string {
    return this.info?.name ?? '';
  }

  /** Id of the room that was joined last; empty before. */
  get sid(): RoomId {
    return this.info?.id ?? '';
  }

  /** Free text of the application; may be empty. Changes with `roomMetadataChanged`. */
  get metadata(): string {
    return this.info?.metadata ?? '';
  }

  /** As `sid`; waits for a room that is being joined. */
  async getSid(): Promise<RoomId> {
    return this.state === 'connecting' ? (await this.awaitStay()).joined.room.id : this.sid;
  }

  /** The others, by identity. A new map at each change. */
  override get remoteParticipants(): ReadonlyMap<Identity, RemoteParticipant> {
    return this.#roster.participants;
  }

  /** Everybody, ourselves included; 0 while we are not in the room. */
  get numParticipants(): number {
    return this.#connection.isJoined ? this.remoteParticipants.size + 1 : 0;
  }

  /** Who speaks, the loudest first. Changes with `activeSpeakersChanged`. */
  get activeSpeakers(): Participant[] {
    return this.#speakers.current;
  }

  /**
   * False while the browser refuses to play sound. Show a button then that calls
   * {@link startAudio}. Changes with `audioPlaybackChanged`.
   */
  get canPlaybackAudio(): boolean {
    return this.#playback.canPlay;
  }

  /** Ourselves or somebody else. */
  getParticipantByIdentity(identity: Identity): Participant | undefined {
    return this.localParticipant.identity === identity
      ? this.localParticipant
      : this.remoteParticipants.get(identity);
  }

  /**
   * Opens the way to the server in advance (DNS, TCP, TLS), while the person
   * still looks at the preview.
   *
   * @param _token As in livekit-client; nothing is needed of it.
   * @throws ConnectionError `connection_failed`
   */
  prepareConnection(url: string, _token?: string): Promise<void> {
    return warmUp(url);
  }

  /**
   * Joins. Resolves when the room is joined; media follows at once, and is told
   * by `trackSubscribed`. While the room is being joined already, waits for that.
   *
   * @param url Of the server, as in the answer of `requestJoin`.
   * @param token A room token.
   * @throws ServerError as the server refused, for example `token_expired` or `room_full`.
   * @throws ConnectionError `connection_failed`, `request_timeout`, or `cancelled` by `disconnect`.
   * @throws BalaiError `unsupported_browser`
   */
  async connect(url: string, token: string, options: RoomConnectOptions = {}): Promise<void> {
    await this.#connection.connect(url, token, options);
  }

  /**
   * Leaves. Everything is closed when this returns; the promise is the server's
   * word. A `connect` in flight is given up and fails with `cancelled`.
   *
   * @param stopTracks Whether the devices of what we published are closed.
   */
  async disconnect(stopTracks = true): Promise<void> {
    await this.#connection.disconnect(stopTracks);
  }

  /**
   * Plays what the browser held back. Call it while the person touches the page,
   * for example in a click.
   *
   * @throws BalaiError `playback_blocked` if the browser still refuses.
   */
  startAudio(): Promise<void> {
    const tracks = [...this.remoteParticipants.values()].flatMap((one) => one.audioTracks());
    return this.#playback.start(tracks);
  }

  /**
   * Uses another microphone, camera or speaker, from now on and for what is
   * published now.
   *
   * @param exact False: another microphone or camera will do, where this one cannot be had.
   * @returns whether it is this device now.
   * @throws MediaDeviceError and the former device is used on; for a speaker `unsupported_browser`
   * where none can be chosen.
   */
  async switchActiveDevice(
    kind: MediaDeviceKind,
    deviceId: string,
    exact = true,
  ): Promise<boolean> {
    const isUsed =
      kind === 'audiooutput'
        ? await this.#switchSpeaker(deviceId)
        : await this.localParticipant.switchDevice(kind, exact ? deviceId : { ideal: deviceId });
    if (isUsed && this.#activeDevices.get(kind) !== deviceId) {
      this.#activeDevices.set(kind, deviceId);
      this.emit('activeDeviceChanged', kind, deviceId);
    }
    return isUsed;
  }

  /** All or nobody: what one cannot be heard with is no device for the others. */
  async #switchSpeaker(deviceId: string): Promise<boolean> {
    const everybody = [...this.remoteParticipants.values()];
    const choose = (id: string) => Promise.all(everybody.map((one) => one.setAudioOutput(id)));
    try {
      await choose(deviceId);
    } catch (error) {
      await choose(this.#activeDevices.get('audiooutput') ?? '').catch((again: unknown) =>
        reportFault('the former speaker cannot be used', again),
      );
      throw error;
    }
    return true;
  }

  /** The device in use; undefined where none was chosen and none is open. */
  getActiveDevice(kind: MediaDeviceKind): string | undefined {
    const chosen = this.#activeDevices.get(kind);
    if (chosen !== undefined || kind === 'audiooutput') return chosen;
    const source = kind === 'audioinput' ? 'microphone' : 'camera';
    return this.localParticipant.getTrackPublication(source)?.track.deviceId;
  }

  #enter(stay: Stay, { autoSubscribe = true }: RoomConnectOptions, isBack: boolean): void {
    const { room, self, grants, participants } = stay.joined;
    this.#setInfo(room, isBack);
    void this.#chat.enter({ roomId: room.id, joinedAt: self.joinedAt, isBack }, (page) =>
      stay.request('chat.history', page),
    );
    this.#reception.isAutomatic = autoSubscribe;
    this.#speakers.update([]);
    if (isBack) {
      this.#roster.renew(participants);
      void this.localParticipant.renew(self, grants);
    } else {
      this.localParticipant.enter(self, grants);
      this.#roster.begin(participants);
    }
  }

  /** Another server process goes on with our stay: whatever changed meanwhile is told. */
  #restore({ room, self, grants, participants }: Snapshot): void {
    this.#setInfo(room);
    this.#roster.renew(participants);
    this.localParticipant.recognize(self, grants);
    void this.#chat.catchUp((page) => this.getChatHistory(page));
  }

  #stayHooks(): RoomConnectionParts['stayHooks'] {
    return {
      data: this.data,
      onChange: (change) => {
        if (change.type === 'roomUpdated') this.#setInfo(change.room);
        else this.#roster.apply(change);
      },
      onChat: (message) => this.#chat.hear(message),
      onChatUpdated: (message) => this.emit('chatMessageUpdated', message),
      onChatDeleted: (message) => this.emit('chatMessageDeleted', message),
      onSpeakers: (speakers) => this.#speakers.update(speakers),
      onLayersNeeded: (layers) => {
        if (this.#options.dynacast ?? true) this.#connection.stay?.publisher.need(layers);
      },
      onCodecNeeded: ({ trackId, videoCodecs }) =>
        void this.localParticipant.changeCodec(trackId, videoCodecs),
      onQualities: ({ qualities }) => {
        for (const { participantId, quality } of qualities) {
          this.findParticipant(participantId)?.setQuality(quality);
        }
      },
      onRole: (message) => this.localParticipant.allow(message),
      onTrackModerated: (message) => this.localParticipant.obey(message),
      onRestored: (snapshot) => this.#restore(snapshot),
      onHeard: (event, message) => this.heard.emit(event, ...([message] as never)),
      streamOf: (subscription) => this.#roster.streamOf(subscription),
      isDesired: (trackId) => this.#roster.isDesired(trackId),
      formerOf: (trackId) => this.#roster.findFormer(trackId),
      onMoving: () => this.localParticipant.move(),
      onStreamState: (trackId, state) => this.#roster.setStreamState(trackId, state),
      onReceived: (trackId, track) => this.#roster.beginMedia(trackId, track),
      onReceptionEnded: (trackId) => this.#roster.endMedia(trackId),
      onReceptionFailed: (trackId, error) => this.#roster.failMedia(trackId, error),
    };
  }

  #setInfo(info: RoomInfo, isTold = true): void {
    const { name, metadata } = this;
    this.info = info;
    if (!isTold) return;
    if (info.name !== name) this.emit('roomNameChanged', info.name);
    if (info.metadata !== metadata) this.emit('roomMetadataChanged', info.metadata);
  }

  /** @internal */
  override findParticipant(id: ParticipantId): Participant | undefined {
    return id === this.localParticipant.sid ? this.localParticipant : this.#roster.findById(id);
  }

  /** After a stay: what we had of the others goes, then what we published, and then the room. */
  #wrapUp(reason: DisconnectReason, stopTracks: boolean): void {
    this.#speakers.update([]);
    this.#roster.clear();
    this.localParticipant.leave(stopTracks);
    this.emit('connectionStateChanged', this.state);
    this.emit('disconnected', reason);
  }

  #meet(participant: RemoteParticipant): void {
    const speaker = this.#activeDevices.get('audiooutput');
    // There is nothing to be heard of them yet: nothing can fail.
    if (speaker !== undefined) void participant.setAudioOutput(speaker);
    participant.whenWanted(() => this.data.want());
    participant.watch('trackSubscribed', (track) => this.#playback.watch(track));
    forwardRemoteEvents(participant, this);
    this.data.meet();
  }

  /** @internal */
  protected override awaitStay(): Promise<Stay> {
    return this.#connection.awaitStay();
  }

  /** @internal */
  protected override async awaitDataLink(): Promise<DataLink> {
    return (await this.awaitStay()).dataLink;
  }
}
