/** How loud one microphone is, and since when somebody speaks into it. */
export interface Voice {
  /** In dBov; follows what is louder at once, and what is quieter slowly. */
  readonly loudness: number;
  readonly isSpeaking: boolean;
  /** When the microphone was turned on. */
  readonly openedAt: number;
  /** When speech was last heard; -Infinity for never. */
  readonly spokeAt: number;
  /** When they began to speak; of the last time, once they are silent. */
  readonly speakingSince: number;
  /** When they last had spoken for a while: a cough does not bring anybody into the picture. */
  readonly talkedAt: number;
}

/** As loud as quiet speech is in the worker's window, a fifth of which is silence as it begins. */
const SPEECH_FROM_DB = -50;
/** Who speaks may become a little quieter. */
const SPEECH_ABOVE_DB = -55;
/** Pauses between words. */
export const PAUSE_MS = 700;
const TALK_MS = 1_000;
/** Whoever turns a microphone on is about to speak. */
export const OPENING_MS = 10_000;
/** Of the way to a quieter level, with each report: half of it in a quarter of a second. */
const DECAY = 0.3;
const SILENCE_DB = -127;

/** A microphone that nobody has spoken into. */
export function startVoice(openedAt: number): Voice {
  return {
    loudness: SILENCE_DB,
    isSpeaking: false,
    openedAt,
    spokeAt: Number.NEGATIVE_INFINITY,
    speakingSince: Number.NEGATIVE_INFINITY,
    talkedAt: Number.NEGATIVE_INFINITY,
  };
}

/** Takes a level that was measured. */
export function hear(voice: Voice, volumeDb: number, now: number): Voice {
  const loudness = Math.max(volumeDb, voice.loudness + (volumeDb - voice.loudness) * DECAY);
  if (volumeDb < (voice.isSpeaking ? SPEECH_ABOVE_DB : SPEECH_FROM_DB)) {
    return settle({ ...voice, loudness }, now);
  }
  const speakingSince = voice.isSpeaking ? voice.speakingSince : now;
  return {
    ...voice,
    loudness,
    isSpeaking: true,
    spokeAt: now,
    speakingSince,
    talkedAt: now - speakingSince >= TALK_MS ? now : voice.talkedAt,
  };
}

/** Ends the speech of who has paused for too long. */
export function settle(voice: Voice, now: number): Voice {
  return voice.isSpeaking && now - voice.spokeAt >= PAUSE_MS
    ? { ...voice, isSpeaking: false, loudness: SILENCE_DB }
    : voice;
}

/** Whether they have spoken for a while, and still do. */
export function isTalking({ isSpeaking, talkedAt, speakingSince }: Voice): boolean {
  return isSpeaking && talkedAt >= speakingSince;
}

/** When somebody last spoke, or seemed about to. */
export function activeAt({ openedAt, spokeAt }: Voice, now: number): number {
  return now - openedAt < OPENING_MS ? Math.max(openedAt, spokeAt) : spokeAt;
}

/** Turned off: not one more word. */
export function mute(voice: Voice): Voice {
  return voice.isSpeaking ? { ...voice, isSpeaking: false, loudness: SILENCE_DB } : voice;
}

/** The amplitude, from 0 to 1, in steps of 3 dB: no smaller difference is worth telling. */
export function levelOf({ loudness }: Voice): number {
  return Number((10 ** (Math.round(loudness / 3) * 3 * 0.05)).toPrecision(2));
}
