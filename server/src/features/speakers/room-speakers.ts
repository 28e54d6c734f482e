import type {
  ParticipantId,
  RoomChange,
  Speaker,
  TrackId,
  TrackInfo,
  TrackSource,
} from '@balai/protocol';
import {
  type Choice,
  chooseLoudest,
  chooseVideos,
  type OpenMicrophone,
  type OpenVideo,
  orderVideos,
} from './choose.ts';
import {
  activeAt,
  hear,
  isTalking,
  levelOf,
  mute,
  OPENING_MS,
  PAUSE_MS,
  settle,
  startVoice,
  type Voice,
} from './voice.ts';

/** How often in `OPENING_MS` somebody is taken for about to speak: who joined unmuted may mute once. */
const MAX_OPENINGS = 2;

/** How many are heard and seen at a time. */
export interface SpeakerLimits {
  /** Microphones. */
  readonly loudest: number;
  /** Cameras and screens. */
  readonly last: number;
}

interface Track {
  readonly trackId: TrackId;
  readonly participantId: ParticipantId;
  readonly source: TrackSource;
  isMuted: boolean;
  /** The track whose place it takes. */
  readonly replaces: TrackId | undefined;
}

/**
 * Who speaks in one room, and who is heard and seen because of it. Knows nothing
 * of time but what it is told.
 */
export class RoomSpeakers {
  #limits: SpeakerLimits;
  /** In the order in which people came, and published. */
  readonly #participants = new Map<ParticipantId, Map<TrackId, Track>>();
  readonly #microphones = new Map<TrackId, Track>();
  /** Of each microphone. */
  readonly #voices = new Map<TrackId, Voice>();
  /** When people were lately taken for about to speak, the latest last. */
  readonly #openings = new Map<ParticipantId, readonly number[]>();
  /** Of tracks that go on for some seconds after another one took their place: that one. */
  readonly #successors = new Map<TrackId, TrackId>();
  #preferred: readonly TrackId[] = [];
  #loudest: Choice = 'all';
  #audio: Choice = 'all';
  #video: Choice = 'all';

  constructor(limits: SpeakerLimits) {
    this.#limits = limits;
  }

  /** Audio that is let through. */
  get audio(): Choice {
    return this.#audio;
  }

  /** Video that is let through. */
  get video(): Choice {
    return this.#video;
  }

  /** Video that comes before other video, the first first. */
  get preferred(): readonly TrackId[] {
    return this.#preferred;
  }

  /** Who speaks and is heard, the loudest first. */
  get speakers(): readonly Speaker[] {
    return [...this.#voices]
      .filter(
        ([trackId, voice]) =>
          voice.isSpeaking && this.#isHeard(trackId) && !this.#successors.has(trackId),
      )
      .toSorted(([, one], [, other]) => other.loudness - one.loudness)
      .flatMap(([trackId, voice]) => {
        const participantId = this.#microphones.get(trackId)?.participantId;
        return participantId === undefined ? [] : [{ participantId, level: levelOf(voice) }];
      });
  }

  /** When `settle` may find that somebody has ceased to speak; undefined while nobody speaks. */
  get nextSettlingAt(): number | undefined {
    const speaking = [...this.#voices.values()].filter(({ isSpeaking }) => isSpeaking);
    if (speaking.length === 0) return undefined;
    return Math.min(...speaking.map(({ spokeAt }) => spokeAt)) + PAUSE_MS;
  }

  /** More or fewer are heard and seen from now on. */
  setLimits(limits: SpeakerLimits, now: number): void {
    this.#limits = limits;
    this.#choose(now);
  }

  /** People come and go, and publish. */
  apply(change: RoomChange, now: number): void {
    switch (change.type) {
      case 'participantJoined':
        this.#participants.set(change.participant.participantId, new Map());
        for (const track of change.participant.tracks) this.#add(track, now);
        break;
      case 'participantLeft':
        for (const trackId of this.#participants.get(change.participantId)?.keys() ?? []) {
          this.#forget(trackId);
        }
        this.#participants.delete(change.participantId);
        this.#openings.delete(change.participantId);
        break;
      case 'trackPublished':
        this.#add(change.track, now);
        break;
      case 'trackUnpublished':
        this.#participants.get(change.participantId)?.delete(change.trackId);
        this.#forget(change.trackId);
        break;
      case 'trackMuted':
        this.#setMuted(change.participantId, change.trackId, change.isMuted, now);
        break;
      default:
        return;
    }
    this.#choose(now);
  }

  /** Takes levels that were measured. Those of other tracks than microphones say nothing. */
  hear(levels: readonly { readonly trackId: TrackId; readonly volumeDb: number }[], now: number) {
    for (const { trackId, volumeDb } of levels) {
      const voice = this.#voices.get(trackId);
      // What was measured before it was muted may come after.
      if (voice !== undefined && this.#microphones.get(trackId)?.isMuted === false) {
        this.#voices.set(trackId, hear(voice, volumeDb, now));
      }
    }
    this.settle(now);
  }

  /** Finds who has ceased to speak. */
  settle(now: number): void {
    for (const [trackId, voice] of this.#voices) this.#voices.set(trackId, settle(voice, now));
    this.#choose(now);
  }

  #add(track: TrackInfo, now: number): void {
    const { trackId, participantId, source, isMuted, replaces } = track;
    const kept = { trackId, participantId, source, isMuted, replaces };
    const tracks = this.#participants.get(participantId);
    const former = replaces === undefined ? undefined : tracks?.get(replaces);
    tracks?.set(trackId, kept);
    if (former !== undefined) this.#successors.set(former.trackId, trackId);
    if (source !== 'microphone') return;
    this.#microphones.set(trackId, kept);
    const voice = former && this.#voices.get(former.trackId);
    if (former !== undefined && this.#loudest !== 'all' && this.#loudest.has(former.trackId)) {
      this.#loudest = new Set([...this.#loudest, trackId]);
    }
    this.#voices.set(
      trackId,
      voice ?? startVoice(isMuted ? Number.NEGATIVE_INFINITY : this.#open(participantId, now)),
    );
  }

  #forget(trackId: TrackId): void {
    this.#successors.delete(trackId);
    this.#microphones.delete(trackId);
    this.#voices.delete(trackId);
  }

  #setMuted(id: ParticipantId, trackId: TrackId, isMuted: boolean, now: number): void {
    const track = this.#participants.get(id)?.get(trackId);
    if (track === undefined) return;
    track.isMuted = isMuted;
    const voice = this.#voices.get(trackId);
    if (voice === undefined) return;
    this.#voices.set(trackId, isMuted ? mute(voice) : { ...voice, openedAt: this.#open(id, now) });
  }

  /** Whoever turns a microphone on again and again takes no places of others with it. */
  #open(id: ParticipantId, now: number): number {
    const lately = (this.#openings.get(id) ?? []).filter((at) => now - at < OPENING_MS);
    if (lately.length < MAX_OPENINGS) lately.push(now);
    this.#openings.set(id, lately);
    return lately.at(-1) ?? now;
  }

  #choose(now: number): void {
    const { loudest, last } = this.#limits;
    const open: OpenMicrophone[] = [];
    for (const [trackId, { isMuted }] of this.#microphones) {
      const voice = this.#voices.get(trackId);
      if (voice !== undefined && !isMuted && !this.#successors.has(trackId)) {
        open.push({ trackId, voice, activeAt: activeAt(voice, now) });
      }
    }
    this.#loudest = chooseLoudest(open, this.#loudest, loudest);
    const others: TrackId[] = [];
    const videos: OpenVideo[] = [];
    for (const tracks of this.#participants.values()) {
      const voice = this.#voiceAmong(tracks.values());
      const talkedAt = voice?.talkedAt ?? Number.NEGATIVE_INFINITY;
      const talkingSince = voice && isTalking(voice) ? voice.speakingSince : undefined;
      for (const { trackId, source, isMuted } of tracks.values()) {
        if (this.#successors.has(trackId)) continue;
        if (source === 'screen_share_audio') others.push(trackId);
        const isVideo = source === 'camera' || source === 'screen_share';
        const isScreen = source === 'screen_share';
        if (isVideo && !isMuted) videos.push({ trackId, isScreen, talkedAt, talkingSince });
      }
    }
    // The sound of screens is not counted among the microphones.
    this.#audio =
      this.#loudest === 'all' ? 'all' : this.#withFormer(new Set([...this.#loudest, ...others]));
    this.#video = this.#withFormer(chooseVideos(videos, last));
    this.#preferred = orderVideos(videos);
  }

  /** Whoever is let through is so with what comes to its end. */
  #withFormer(choice: Choice): Choice {
    if (choice === 'all' || this.#successors.size === 0) return choice;
    const former = [...this.#successors].filter(([, successor]) => choice.has(successor));
    return new Set([...choice, ...former.map(([trackId]) => trackId)]);
  }

  #voiceAmong(tracks: Iterable<Track>): Voice | undefined {
    for (const { trackId } of tracks) {
      const voice = this.#voices.get(trackId);
      if (voice !== undefined) return voice;
    }
    return undefined;
  }

  #isHeard(trackId: TrackId): boolean {
    return this.#loudest === 'all' || this.#loudest.has(trackId);
  }
}
