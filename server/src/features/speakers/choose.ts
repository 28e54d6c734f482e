import type { TrackId } from '@balai/protocol';
import type { Voice } from './voice.ts';

/** Tracks of one kind that are let through. */
export type Choice = ReadonlySet<TrackId> | 'all';

/** A microphone that is on. */
export interface OpenMicrophone {
  readonly trackId: TrackId;
  readonly voice: Voice;
  /** When somebody last spoke into it, or seemed about to; -Infinity for never. */
  readonly activeAt: number;
}

/** A camera or screen that is on. */
export interface OpenVideo {
  readonly trackId: TrackId;
  readonly isScreen: boolean;
  /** When its owner last had spoken for a while; -Infinity for never. */
  readonly talkedAt: number;
  /** When the owner began to speak, who has done so for a while and still does. */
  readonly talkingSince: number | undefined;
}

/** How much louder one must be to take the place of somebody who speaks. */
const LEAD_DB = 6;

/**
 * Who is heard. As long as there are not more microphones than places nothing is
 * chosen. Else those who speak come first, the loudest of them if they are too
 * many; the other places stay with whoever spoke last, or was just turned on, so
 * that they are heard from their first sound.
 *
 * @param microphones In the order in which they were turned on.
 * @param before Who was heard until now, and stays where others are not louder by much.
 */
export function chooseLoudest(
  microphones: readonly OpenMicrophone[],
  before: Choice,
  places: number,
): Choice {
  if (microphones.length <= places) return 'all';
  const rank = microphones.map(({ trackId, voice, activeAt }) => {
    const lead = before !== 'all' && before.has(trackId) ? LEAD_DB : 0;
    return { trackId, activeAt, lead, ...voice, loudness: voice.loudness + lead };
  });
  rank.sort(
    (one, other) =>
      Number(other.isSpeaking) - Number(one.isSpeaking) ||
      (one.isSpeaking ? other.loudness - one.loudness : 0) ||
      compare(other.activeAt, one.activeAt) ||
      other.lead - one.lead,
  );
  return new Set(rank.slice(0, places).map(({ trackId }) => trackId));
}

/**
 * Who is seen: screens first, then whoever spoke last, then whoever came first.
 *
 * @param videos In the order in which their owners came.
 */
export function chooseVideos(videos: readonly OpenVideo[], places: number): Choice {
  if (videos.length <= places) return 'all';
  const rank = videos.toSorted(
    (one, other) =>
      Number(other.isScreen) - Number(one.isScreen) || compare(other.talkedAt, one.talkedAt),
  );
  return new Set(rank.slice(0, places).map(({ trackId }) => trackId));
}

/**
 * What comes first of video that somebody finds equally important: screens, then the cameras
 * of those who talk, whoever began first, then of those who talked before, the latest first.
 * The others are left out.
 *
 * @param videos In the order in which their owners came.
 */
export function orderVideos(videos: readonly OpenVideo[]): readonly TrackId[] {
  const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;
  return videos
    .filter(({ isScreen, talkedAt }) => isScreen || talkedAt > NEGATIVE_INFINITY)
    .sort(
      (one, other) =>
        Number(other.isScreen) - Number(one.isScreen) ||
        compare(one.talkingSince ?? POSITIVE_INFINITY, other.talkingSince ?? POSITIVE_INFINITY) ||
        compare(other.talkedAt, one.talkedAt),
    )
    .map(({ trackId }) => trackId);
}

/** Whether both let the same through. */
export function isSameChoice(one: Choice, other: Choice): boolean {
  if (one === 'all' || other === 'all') return one === other;
  return one.size === other.size && [...one].every((trackId) => other.has(trackId));
}

/** An infinity equals itself, which a difference does not tell. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
