import type {
  Attributes,
  ChatMessage,
  DataKind,
  Grants,
  Identity,
  MediaKind,
  ParticipantId,
  ParticipantInfo,
  ParticipantRole,
  StreamState,
  TrackSource,
} from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import type { BalaiError, MediaDeviceError } from '../errors.ts';
import type { RemoteTrack } from '../tracks/remote-track.ts';
import type {
  LocalTrackPublication,
  RemoteTrackPublication,
  TrackPublication,
} from '../tracks/track-publication.ts';
import type { ConnectionQuality } from './connection-quality.ts';

/** What is different of somebody; what is absent is as it was. */
export type ParticipantChange = {
  readonly [K in keyof ParticipantInfo]?: ParticipantInfo[K] | undefined;
};

/** The listeners of {@link ParticipantEvent}. */
export type ParticipantEventCallbacks = {
  /** They publish another track, since we joined. */
  trackPublished: (publication: RemoteTrackPublication) => void;
  /** A track of theirs is gone. Follows `trackUnsubscribed`. */
  trackUnpublished: (publication: RemoteTrackPublication) => void;
  /** A track of theirs has media now: attach it. */
  trackSubscribed: (track: RemoteTrack, publication: RemoteTrackPublication) => void;
  /** The media of a track ended: detach it. */
  trackUnsubscribed: (track: RemoteTrack, publication: RemoteTrackPublication) => void;
  /** A track could not be received. */
  trackSubscriptionFailed: (trackSid: string, error: BalaiError) => void;
  /** The server withholds a track, or lets it flow again. */
  trackStreamStateChanged: (publication: RemoteTrackPublication, streamState: StreamState) => void;
  /** A track sends nothing for now. */
  trackMuted: (publication: TrackPublication) => void;
  /** A muted track sends again. */
  trackUnmuted: (publication: TrackPublication) => void;
  /** A track of our own was published. */
  localTrackPublished: (publication: LocalTrackPublication) => void;
  /** A track of our own is published no more. */
  localTrackUnpublished: (publication: LocalTrackPublication) => void;
  /** A camera, microphone or screen of ours could not be opened. */
  mediaDevicesError: (error: MediaDeviceError, kind?: MediaDeviceKind) => void;
  /** They began or ceased to speak. */
  isSpeakingChanged: (speaking: boolean) => void;
  /** They are connected better or worse than before. */
  connectionQualityChanged: (quality: ConnectionQuality) => void;
  /** They have another role. */
  roleChanged: () => void;
  /** `name` is another one. */
  participantNameChanged: (name: string) => void;
  /** `metadata` is something else. */
  participantMetadataChanged: (prevMetadata: string) => void;
  /** These attributes are others now; those that are gone are empty here. */
  attributesChanged: (changedAttributes: Attributes) => void;
  /** We may do other things than before. */
  participantPermissionsChanged: (prevPermissions: Grants | undefined) => void;
  /** They said something in the chat. */
  chatMessage: (message: ChatMessage) => void;
  /** They sent a message with `publishData`. */
  dataReceived: (payload: Uint8Array<ArrayBuffer>, kind: DataKind, topic: string) => void;
};

const NO_ATTRIBUTES: Attributes = {};

/** Somebody in the room, ourselves included. */
export abstract class Participant extends Emitter<ParticipantEventCallbacks> {
  /** What they publish, by `trackSid`. */
  abstract readonly trackPublications: ReadonlyMap<string, TrackPublication>;
  /** Whether it is ourselves. */
  abstract readonly isLocal: boolean;
  /** How loud they speak, from 0 to 1: the amplitude, which is small for most speech. */
  audioLevel = 0;
  /** Whether they speak now. Changes with `isSpeakingChanged`. */
  isSpeaking = false;
  /** When they last began to speak. */
  lastSpokeAt: Date | undefined;
  #quality: ConnectionQuality = 'unknown';
  #info: ParticipantInfo | undefined;

  /** Names this stay of the person; empty for ourselves before the first `connect`. */
  get sid(): ParticipantId {
    return this.#info?.participantId ?? '';
  }

  /** Names the person over time. */
  get identity(): Identity {
    return this.#info?.identity ?? '';
  }

  /** How people call them. */
  get name(): string {
    return this.#info?.name ?? '';
  }

  /** What they are in the room. Changes with `participantRoleChanged` of the room. */
  get role(): ParticipantRole {
    return this.#info?.role ?? 'participant';
  }

  /** Free text of the application; may be empty. Changes with `participantMetadataChanged`. */
  get metadata(): string {
    return this.#info?.metadata ?? '';
  }

  /** Of the application; the same object until they change with `participantAttributesChanged`. */
  get attributes(): Attributes {
    return this.#info?.attributes ?? NO_ATTRIBUTES;
  }

  /** Since when their hand is up; undefined while it is not. */
  get handRaisedAt(): Date | undefined {
    const at = this.#info?.handRaisedAt;
    return at ? new Date(at) : undefined;
  }

  /** When they came; undefined for ourselves before the first `connect`. */
  get joinedAt(): Date | undefined {
    return this.#info && new Date(this.#info.joinedAt);
  }

  /** How well they are connected. Changes with `connectionQualityChanged`. */
  get connectionQuality(): ConnectionQuality {
    return this.#quality;
  }

  /** Whether a camera is published and not muted. */
  get isCameraEnabled(): boolean {
    return this.#isEnabled('camera');
  }

  /** Whether a microphone is published and not muted. */
  get isMicrophoneEnabled(): boolean {
    return this.#isEnabled('microphone');
  }

  /** Whether a screen is published and not muted. */
  get isScreenShareEnabled(): boolean {
    return this.#isEnabled('screen_share');
  }

  /** A participant has at most one track of each source. */
  getTrackPublication(source: TrackSource): TrackPublication | undefined {
    return this.getTrackPublications().find((publication) => publication.source === source);
  }

  /** Everything they publish, muted or not. */
  getTrackPublications(): TrackPublication[] {
    return [...this.trackPublications.values()];
  }

  /** What they publish of sound, by `trackSid`. */
  get audioTrackPublications(): this['trackPublications'] {
    return this.#publicationsOf('audio');
  }

  /** What they publish of pictures, by `trackSid`. */
  get videoTrackPublications(): this['trackPublications'] {
    return this.#publicationsOf('video');
  }

  /** The first one of this name, as `trackName` has it. */
  getTrackPublicationByName(name: string): ReturnType<this['trackPublications']['get']> {
    const found = this.getTrackPublications().find(({ trackName }) => trackName === name);
    return found as ReturnType<this['trackPublications']['get']>;
  }

  /** As `trackPublications.get(trackSid)`. */
  getTrackPublicationBySid(trackSid: string): ReturnType<this['trackPublications']['get']> {
    const found = this.trackPublications.get(trackSid);
    return found as ReturnType<this['trackPublications']['get']>;
  }

  #publicationsOf(kind: MediaKind): this['trackPublications'] {
    return new Map([...this.trackPublications].filter(([, one]) => one.kind === kind));
  }

  #isEnabled(source: TrackSource): boolean {
    return this.getTrackPublication(source)?.isMuted === false;
  }

  /** @internal They speak so loud now; undefined: not at all. */
  setLevel(level: number | undefined): void {
    this.audioLevel = level ?? 0;
    const speaking = level !== undefined;
    if (speaking === this.isSpeaking) return;
    this.isSpeaking = speaking;
    if (speaking) this.lastSpokeAt = new Date();
    this.emit('isSpeakingChanged', speaking);
  }

  /** @internal */
  setQuality(quality: ConnectionQuality): void {
    if (quality === this.#quality) return;
    this.#quality = quality;
    this.emit('connectionQualityChanged', quality);
  }

  /** @internal */
  setInfo(info: ParticipantInfo): void {
    this.#info = info;
  }

  /** @internal Something of them is different: what that is, is told. */
  update(change: ParticipantChange): void {
    const former = this.#info;
    if (!former) return;
    const { role, name, metadata, attributes } = former;
    const info = { ...former, ...change } as ParticipantInfo;
    const changed = differenceOf(attributes, info.attributes);
    const isSame = Object.keys(changed).length === 0;
    this.#info = isSame ? { ...info, attributes } : info;
    if (info.role !== role) this.emit('roleChanged');
    if (info.name !== name) this.emit('participantNameChanged', info.name);
    if (info.metadata !== metadata) this.emit('participantMetadataChanged', metadata);
    if (!isSame) this.emit('attributesChanged', changed);
  }
}

/** What is different in the later; empty where it is gone. */
function differenceOf(former: Attributes, later: Attributes): Attributes {
  const changed: Record<string, string> = {};
  for (const key of Object.keys({ ...former, ...later })) {
    if (former[key] !== later[key]) changed[key] = later[key] ?? '';
  }
  return changed;
}
