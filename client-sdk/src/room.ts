import type { DisconnectReason, Identity, RoomId, RoomInfo } from '@balai/protocol';
import { type Attempt, beginAttempt } from './attempt.ts';
import { AudioPlayback } from './audio-playback.ts';
import { tellDeviceChanges } from './capture/device-changes.ts';
import { getLocalDevices } from './capture/local-devices.ts';
import {
  type Connection,
  type ConnectionInput,
  type ConnectionState,
  next,
} from './connection-state.ts';
import { enterRoom } from './enter-room.ts';
import { ConnectionError } from './errors.ts';
import { forwardLocalEvents, forwardRemoteEvents } from './forward-events.ts';
import type { RoomConnectOptions, RoomOptions } from './options.ts';
import { LocalParticipant } from './participants/local-participant.ts';
import type { Participant } from './participants/participant.ts';
import type { RemoteParticipant } from './participants/remote-participant.ts';
import { Roster } from './participants/roster.ts';
import { warmUp } from './rest.ts';
import { RoomChat } from './room-chat.ts';
import { browserParts, type RoomParts } from './room-parts.ts';
import type { Stay, StayHooks } from './stay.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 15_000;

/**
 * A meeting, as one client sees it. The same object can join again after it was
 * disconnected.
 */
export class Room extends RoomChat {
  /** Ourselves. Exists before the room is joined. */
  readonly localParticipant: LocalParticipant;
  readonly #options: RoomOptions;
  readonly #parts: RoomParts;
  readonly #roster: Roster;
  readonly #playback = new AudioPlayback((isPlaying) =>
    this.emit('audioPlaybackChanged', isPlaying),
  );
  readonly #deviceListener = { onDeviceChange: () => this.emit('mediaDevicesChanged') };
  readonly #activeDevices = new Map<MediaDeviceKind, string>();
  #connection: Connection<Attempt<Stay>, Stay> = { state: 'disconnected' };
  #info: RoomInfo = { id: '', name: '' };

  constructor(options?: RoomOptions);
  /** @internal */
  constructor(options?: RoomOptions, parts?: RoomParts);
  constructor(options: RoomOptions = {}, parts: RoomParts = browserParts) {
    super();
    this.#options = options;
    this.#parts = parts;
    this.#roster = new Roster({
      onKnown: (participant) => this.#meet(participant),
      onJoined: (participant) => this.emit('participantConnected', participant),
      onLeft: (participant) => this.emit('participantDisconnected', participant),
      onRoleChanged: (participant) => this.emit('participantRoleChanged', participant),
      onTrackGone: (trackId) => this.#findStay()?.endTrack(trackId),
    });
    this.localParticipant = new LocalParticipant({
      options,
      capture: parts.capture,
      entrance: {
        assertOpen: () => {
          if (this.state === 'disconnected') throw new ConnectionError('not_connected');
        },
        publisher: async () => (await this.#awaitStay()).publisher,
      },
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

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** Of the room that was joined last; empty before. */
  get name(): string {
    return this.#info.name;
  }

  /** Id of the room that was joined last; empty before. */
  get sid(): RoomId {
    return this.#info.id;
  }

  /** The others, by identity. A new map at each change. */
  get remoteParticipants(): ReadonlyMap<Identity, RemoteParticipant> {
    return this.#roster.participants;
  }

  /** Everybody, ourselves included; 0 while we are not in the room. */
  get numParticipants(): number {
    return this.state === 'connected' ? this.remoteParticipants.size + 1 : 0;
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
   * @throws ConnectionError `connection_failed`
   */
  prepareConnection(url: string): Promise<void> {
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
    if (this.#connection.state === 'disconnected') {
      const attempt = this.#begin(url, token, options);
      this.#step({ type: 'connectAsked', attempt });
      this.emit('connectionStateChanged', this.state);
      attempt.result.catch(() => {
        const former = this.#step({ type: 'attemptFailed', attempt });
        if (former !== this.#connection) this.emit('connectionStateChanged', this.state);
      });
    }
    await this.#awaitStay();
  }

  /**
   * Leaves. Everything is closed when this returns; the promise is the server's
   * word. A `connect` in flight is given up and fails with `cancelled`.
   *
   * @param stopTracks Whether the devices of what we published are closed.
   */
  async disconnect(stopTracks = true): Promise<void> {
    const former = this.#step({ type: 'disconnectAsked' });
    if (former.state === 'connecting') {
      former.attempt.cancel();
      this.emit('connectionStateChanged', this.state);
    } else if (former.state === 'connected') {
      const left = former.stay.leave();
      this.#wrapUp('client_initiated', stopTracks);
      await left;
    }
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
   * @throws MediaDeviceError and the former device is used on.
   * @throws BalaiError `unsupported_browser` where speakers cannot be chosen.
   */
  async switchActiveDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    if (kind === 'audiooutput') {
      const everybody = [...this.remoteParticipants.values()];
      await Promise.all(everybody.map((one) => one.setAudioOutput(deviceId)));
    } else {
      await this.localParticipant.switchDevice(kind, deviceId);
    }
    if (this.#activeDevices.get(kind) === deviceId) return;
    this.#activeDevices.set(kind, deviceId);
    this.emit('activeDeviceChanged', kind, deviceId);
  }

  /** The device in use; undefined where none was chosen and none is open. */
  getActiveDevice(kind: MediaDeviceKind): string | undefined {
    const chosen = this.#activeDevices.get(kind);
    if (chosen !== undefined || kind === 'audiooutput') return chosen;
    const source = kind === 'audioinput' ? 'microphone' : 'camera';
    return this.localParticipant.getTrackPublication(source)?.track.deviceId;
  }

  #begin(url: string, token: string, options: RoomConnectOptions): Attempt<Stay> {
    const timeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const attempt = beginAttempt(timeoutMs, (signal) =>
      enterRoom(
        { url, token, options, signal },
        this.#parts,
        (stayOf) => this.#hooksOf(stayOf),
        (stay) => this.#enter(attempt, stay),
      ),
    );
    return attempt;
  }

  #enter(attempt: Attempt<Stay>, stay: Stay): void {
    this.#step({ type: 'joined', attempt, stay });
    if (this.#findStay() !== stay) {
      void stay.leave();
      return;
    }
    const { room, self, grants, participants } = stay.joined;
    this.#info = room;
    this.localParticipant.enter(self, grants);
    this.#roster.begin(participants);
    stay.begin();
    this.emit('connectionStateChanged', this.state);
    this.emit('connected');
  }

  #hooksOf(stayOf: () => Stay): StayHooks {
    return {
      onChange: (change) => this.#roster.apply(change),
      onChat: (message) =>
        this.emit('chatMessage', message, this.getParticipantByIdentity(message.identity)),
      onChatUpdated: (message) => this.emit('chatMessageUpdated', message),
      onChatDeleted: (message) => this.emit('chatMessageDeleted', message),
      onRole: ({ role, grants }) => {
        this.localParticipant.setRole(role, grants);
        this.emit('participantRoleChanged', this.localParticipant);
      },
      onEnded: (reason) => {
        const former = this.#step({ type: 'stayEnded', stay: stayOf() });
        if (former === this.#connection) return;
        this.#wrapUp(reason, this.#options.stopLocalTrackOnUnpublish ?? true);
      },
      streamOf: (subscription) => this.#roster.streamOf(subscription),
      onReceived: (trackId, track) => this.#roster.beginMedia(trackId, track),
      onReceptionEnded: (trackId) => this.#roster.endMedia(trackId),
      onReceptionFailed: (trackId, error) => this.#roster.failMedia(trackId, error),
    };
  }

  /** After a stay: what we had of the room goes, from the inside out, and then the room. */
  #wrapUp(reason: DisconnectReason, stopTracks: boolean): void {
    this.localParticipant.leave(stopTracks);
    this.#roster.clear();
    this.emit('connectionStateChanged', this.state);
    this.emit('disconnected', reason);
  }

  #meet(participant: RemoteParticipant): void {
    const speaker = this.#activeDevices.get('audiooutput');
    if (speaker !== undefined) void participant.setAudioOutput(speaker);
    participant.on('trackSubscribed', (track) => this.#playback.watch(track));
    forwardRemoteEvents(participant, this);
  }

  /** @returns the former connection: the very same value if nothing changed. */
  #step(input: ConnectionInput<Attempt<Stay>, Stay>): Connection<Attempt<Stay>, Stay> {
    const former = this.#connection;
    this.#connection = next(former, input);
    return former;
  }

  #findStay(): Stay | undefined {
    return this.#connection.state === 'connected' ? this.#connection.stay : undefined;
  }

  /** @internal */
  override getStay(): Stay {
    const stay = this.#findStay();
    if (!stay) throw new ConnectionError('not_connected');
    return stay;
  }

  async #awaitStay(): Promise<Stay> {
    return this.#connection.state === 'connecting'
      ? await this.#connection.attempt.result
      : this.getStay();
  }
}
