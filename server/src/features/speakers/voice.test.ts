import { describe, expect, test } from 'vitest';
import { activeAt, hear, levelOf, mute, settle, startVoice, type Voice } from './voice.ts';

/** Takes one level each 125 ms, from 0 on. */
function listen(levels: readonly number[], voice: Voice = startVoice(0)): Voice {
  return levels.reduce((heard, level, index) => hear(heard, level, index * 125), voice);
}

describe('a voice', () => {
  const cases: readonly [name: string, levels: readonly number[], isSpeaking: boolean][] = [
    ['speaks from the first level of speech on', [-49], true],
    ['does not speak in the noise of a room', [-60, -58, -62], false],
    ['speaks on while it is a little quieter', [-40, -54, -54, -54, -54, -54, -54, -54], true],
    ['does not begin as quietly', [-54, -54, -54], false],
    ['speaks on in a pause', [-30, -70, -70, -70, -70], true],
    ['ends after a pause', [-30, -70, -70, -70, -70, -70, -70], false],
  ];

  test.each(cases)('%s', (_, levels, isSpeaking) => {
    expect(listen(levels).isSpeaking).toBe(isSpeaking);
  });

  test('ends when nothing comes any more', () => {
    const voice = listen([-30]);
    expect(settle(voice, 699).isSpeaking).toBe(true);
    expect(settle(voice, 700).isSpeaking).toBe(false);
  });

  test('ends with its microphone', () => {
    expect(mute(listen([-30]))).toMatchObject({ isSpeaking: false, spokeAt: 0 });
  });

  test('gets louder at once and quieter slowly', () => {
    expect(listen([-30, -20]).loudness).toBe(-20);
    expect(listen([-20, -30]).loudness).toBe(-23);
  });

  test('has talked once it went on for a second, which a cough does not', () => {
    expect(listen([-30, -30, -30]).talkedAt).toBe(Number.NEGATIVE_INFINITY);
    expect(listen(Array(9).fill(-30)).talkedAt).toBe(1_000);
  });

  test('is taken to be about to speak for ten seconds after its microphone was turned on', () => {
    const voice = startVoice(5_000);
    expect(activeAt(voice, 14_999)).toBe(5_000);
    expect(activeAt(voice, 15_000)).toBe(Number.NEGATIVE_INFINITY);
    expect(activeAt(hear(voice, -30, 7_000), 20_000)).toBe(7_000);
  });

  test.each([
    [0, 1],
    [-6, 0.5],
    [-30, 0.032],
    [-31, 0.032],
    [-50, 0.0028],
  ])('at %i dBov has the level %f (SPEC 11.1)', (loudness, level) => {
    expect(levelOf({ ...startVoice(0), loudness })).toBe(level);
  });
});
