import type {
  ConnectionQuality,
  LocalVideoTrack,
  Participant,
  ParticipantRole,
  RemoteAudioTrack,
  RemoteVideoTrack,
  Room,
  TrackSource,
} from '@balai/client';

/** A picture that can be shown. */
export type Picture = LocalVideoTrack | RemoteVideoTrack;

/** Somebody in the meeting, as the page shows them. */
export interface Person {
  readonly identity: string;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly isLocal: boolean;
  readonly quality: ConnectionQuality;
  readonly isMicrophoneOn: boolean;
  readonly isCameraOn: boolean;
  readonly isSharingScreen: boolean;
  readonly isSpeaking: boolean;
  /** When they last began to speak, in milliseconds since 1970; 0 for never. */
  readonly lastSpokeAt: number;
  /** Null while the camera is off, or its picture on the way. */
  readonly camera: Picture | null;
  readonly screen: Picture | null;
  /** The server withholds it: the line does not carry it, or others come first in a large room. */
  readonly isCameraPaused: boolean;
  readonly isScreenPaused: boolean;
  readonly microphone: RemoteAudioTrack | null;
  readonly screenSound: RemoteAudioTrack | null;
}

/** Everybody in the room, oneself first, then in the order of their coming. */
export function peopleOf(room: Room): readonly Person[] {
  return [room.localParticipant, ...room.remoteParticipants.values()].map(personOf);
}

function personOf(participant: Participant): Person {
  return {
    identity: participant.identity,
    name: participant.name,
    role: participant.role,
    isLocal: participant.isLocal,
    quality: participant.connectionQuality,
    isMicrophoneOn: participant.isMicrophoneEnabled,
    isCameraOn: participant.isCameraEnabled,
    isSharingScreen: participant.isScreenShareEnabled,
    isSpeaking: participant.isSpeaking,
    lastSpokeAt: participant.lastSpokeAt?.getTime() ?? 0,
    camera: participant.isCameraEnabled ? pictureOf(participant, 'camera') : null,
    screen: participant.isScreenShareEnabled ? pictureOf(participant, 'screen_share') : null,
    isCameraPaused: isPaused(participant, 'camera'),
    isScreenPaused: isPaused(participant, 'screen_share'),
    microphone: soundOf(participant, 'microphone'),
    screenSound: soundOf(participant, 'screen_share_audio'),
  };
}

function pictureOf(participant: Participant, source: TrackSource): Picture | null {
  const track = participant.getTrackPublication(source)?.track;
  return track?.kind === 'video' ? (track as Picture) : null;
}

function isPaused(participant: Participant, source: TrackSource): boolean {
  const track = participant.getTrackPublication(source)?.track;
  return track !== undefined && 'streamState' in track && track.streamState === 'paused';
}

function soundOf(participant: Participant, source: TrackSource): RemoteAudioTrack | null {
  // One doesn't hear oneself.
  if (participant.isLocal) return null;
  const track = participant.getTrackPublication(source)?.track;
  return track?.kind === 'audio' ? (track as RemoteAudioTrack) : null;
}

/**
 * The new list, with the old object of everybody who did not change, so that
 * only what changed is rendered again.
 */
export function keepUnchanged(
  before: readonly Person[],
  after: readonly Person[],
): readonly Person[] {
  const old = new Map(before.map((person) => [person.identity, person]));
  const kept = after.map((person) => {
    const previous = old.get(person.identity);
    return previous !== undefined && isSame(previous, person) ? previous : person;
  });
  const isUnchanged =
    kept.length === before.length && kept.every((person, index) => person === before[index]);
  return isUnchanged ? before : kept;
}

function isSame(one: Person, other: Person): boolean {
  return (Object.keys(one) as (keyof Person)[]).every((key) => one[key] === other[key]);
}

/** One or two letters that stand for a name, in whatever script. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const first = (word: string | undefined) =>
    word === undefined
      ? ''
      : (segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? '');
  const last = words.length > 1 ? words.at(-1) : undefined;
  return `${first(words[0])}${first(last)}`.toLocaleUpperCase();
}

/** A hue between 0 and 359 that stays the same for one person. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
