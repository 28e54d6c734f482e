import type { Page } from 'playwright-core';

/** What one ear heard at one moment. */
export interface Sound {
  /** Milliseconds since 1970, so that two pages can be compared. */
  readonly at: number;
  /** Root mean square of the samples, 0 to 1. */
  readonly level: number;
  /** Loudest frequency, in Hz; 0 in silence. */
  readonly frequencyHz: number;
}

/** Level under which nobody hears anything: -60 dB. */
export const SILENCE = 0.001;

/** Level of somebody who is heard without doubt: about -36 dB. */
export const AUDIBLE = 0.015;

/** A page that is not busy listens every 25 ms. */
const MOST_BETWEEN_LOOKS_MS = 100;

type Ears = Map<string, Sound[]>;
type EarWindow = typeof globalThis & { heard?: Ears };

/**
 * To run in each page before its scripts: from then on listens to every remote
 * microphone that the page plays, as the speakers would get it. Whose it is says the
 * element that plays it, or one around it.
 */
export function installEar(): void {
  const heard: Ears = new Map();
  (globalThis as EarWindow).heard = heard;
  const ears = new WeakMap<MediaStreamTrack, AnalyserNode>();
  let context: AudioContext | undefined;

  // A source goes on with the track that it began with, whatever becomes of its stream.
  const earOf = (track: MediaStreamTrack): AnalyserNode => {
    const known = ears.get(track);
    if (known !== undefined) return known;
    context ??= new AudioContext();
    const ear = context.createAnalyser();
    ear.fftSize = 2048;
    ear.smoothingTimeConstant = 0;
    context.createMediaStreamSource(new MediaStream([track])).connect(ear);
    ears.set(track, ear);
    return ear;
  };

  setInterval(() => {
    for (const player of document.querySelectorAll('audio')) {
      if (player.dataset['source'] === 'screen_share_audio') continue;
      const stream = player.srcObject;
      const identity = player.closest<HTMLElement>('[data-identity]')?.dataset['identity'];
      if (!(stream instanceof MediaStream) || identity === undefined || player.paused) continue;
      const [track] = stream.getAudioTracks();
      if (track === undefined) continue;
      const ear = earOf(track);
      const samples = new Float32Array(ear.fftSize);
      ear.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      const bins = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(bins);
      const loudest = bins.indexOf(bins.reduce((a, b) => Math.max(a, b)));
      const frequencyHz = level === 0 ? 0 : (loudest * ear.context.sampleRate) / ear.fftSize;
      const sounds = heard.get(identity) ?? [];
      heard.set(identity, sounds);
      sounds.push({ at: Date.now(), level, frequencyHz });
    }
  }, 25);
}

/** Waits until the page hears this voice from this person. */
export async function waitForVoice(page: Page, identity: string, voiceHz: number): Promise<void> {
  await page.waitForFunction(
    ({ identity, voiceHz, audible }) => {
      const sounds = (globalThis as EarWindow).heard?.get(identity) ?? [];
      const recent = sounds.filter(({ at }) => at > Date.now() - 1_000);
      return recent.some(
        ({ level, frequencyHz }) => level > audible && Math.abs(frequencyHz - voiceHz) < 60,
      );
    },
    { identity, voiceHz, audible: AUDIBLE },
    { timeout: 60_000, polling: 50 },
  );
}

/**
 * The longest time in which nothing was heard, in milliseconds. Where a busy page did not
 * listen, it does not count.
 */
export function longestSilence(sounds: readonly Sound[]): number {
  let [silence, longest] = [0, 0];
  sounds.forEach(({ at, level }, index) => {
    const listenedMs = Math.min(at - (sounds[index - 1]?.at ?? at), MOST_BETWEEN_LOOKS_MS);
    silence = level > AUDIBLE ? 0 : silence + listenedMs;
    longest = Math.max(longest, silence);
  });
  return longest;
}

/**
 * What the page heard of somebody between two moments; waits for the end of it.
 *
 * @param from Milliseconds since 1970; `to` likewise.
 */
export async function listen(
  page: Page,
  identity: string,
  from: number,
  to: number,
): Promise<readonly Sound[]> {
  await page.waitForFunction((until) => Date.now() > until, to + 50, { polling: 50 });
  const sounds = await page.evaluate(
    (who) => (globalThis as EarWindow).heard?.get(who) ?? [],
    identity,
  );
  return sounds.filter(({ at }) => at >= from && at < to);
}
