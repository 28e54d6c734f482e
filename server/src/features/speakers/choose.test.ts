import { describe, expect, test } from 'vitest';
import {
  type Choice,
  chooseLoudest,
  chooseVideos,
  type OpenMicrophone,
  type OpenVideo,
  orderVideos,
} from './choose.ts';
import { startVoice } from './voice.ts';

/** Somebody who speaks so loud. */
function speaking(trackId: string, loudness: number, activeAt = 100): OpenMicrophone {
  return { trackId, voice: { ...startVoice(0), isSpeaking: true, loudness }, activeAt };
}

/** Somebody who was last heard at that moment. */
function silent(trackId: string, activeAt = Number.NEGATIVE_INFINITY): OpenMicrophone {
  return { trackId, voice: startVoice(0), activeAt };
}

function sorted(choice: Choice): readonly string[] | 'all' {
  return choice === 'all' ? 'all' : [...choice].toSorted();
}

describe('of the microphones, with three places (SPEC 11.2, 11.3)', () => {
  const cases: readonly [
    name: string,
    microphones: readonly OpenMicrophone[],
    before: readonly string[] | 'all',
    after: readonly string[] | 'all',
  ][] = [
    ['nothing is chosen among none', [], 'all', 'all'],
    ['nothing is chosen among three', [silent('a'), silent('b'), silent('c')], 'all', 'all'],
    [
      'nothing is chosen any more once there are three',
      [silent('b'), silent('c'), speaking('d', -30)],
      ['a', 'b', 'c'],
      'all',
    ],
    [
      'the first stay where nobody ever spoke',
      [silent('a'), silent('b'), silent('c'), silent('d')],
      'all',
      ['a', 'b', 'c'],
    ],
    [
      'whoever is heard stays where nobody ever spoke',
      [silent('a'), silent('b'), silent('c'), silent('d')],
      ['b', 'c', 'd'],
      ['b', 'c', 'd'],
    ],
    [
      'a new speaker comes in for who was silent longest',
      [silent('a', 10), silent('b', 30), silent('c', 20), speaking('d', -30)],
      ['a', 'b', 'c'],
      ['b', 'c', 'd'],
    ],
    [
      'a quiet new speaker comes in for who is silent, too',
      [speaking('a', -20), speaking('b', -20), silent('c', 90), speaking('d', -50)],
      ['a', 'b', 'c'],
      ['a', 'b', 'd'],
    ],
    [
      'who has just spoken stays in before who spoke earlier',
      [silent('a', 90), silent('b', 80), silent('c', 70), silent('d', 60)],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      'who was just turned on comes in for who was silent longest',
      [silent('a', 10), silent('b', 20), silent('c', 30), silent('d', 100)],
      ['a', 'b', 'c'],
      ['b', 'c', 'd'],
    ],
    [
      'who was just turned on waits for three who speak',
      [speaking('a', -40), speaking('b', -40), speaking('c', -40), silent('d', 100)],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      'the loudest of four who speak are in',
      [speaking('a', -40), speaking('b', -20), speaking('c', -30), speaking('d', -25)],
      'all',
      ['b', 'c', 'd'],
    ],
    [
      'a little louder is not enough to come in',
      [speaking('a', -30), speaking('b', -30), speaking('c', -30), speaking('d', -25)],
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      'much louder is',
      [speaking('a', -29), speaking('b', -30), speaking('c', -35), speaking('d', -20)],
      ['a', 'b', 'c'],
      ['a', 'b', 'd'],
    ],
  ];

  test.each(cases)('%s', (_, microphones, before, after) => {
    const known = before === 'all' ? 'all' : new Set(before);
    expect(sorted(chooseLoudest(microphones, known, 3))).toEqual(after);
  });
});

describe('of the videos, with two places (SPEC 11.4)', () => {
  const video = (trackId: string, talkedAt = Number.NEGATIVE_INFINITY) => ({
    trackId,
    isScreen: trackId.startsWith('screen'),
    talkedAt,
    talkingSince: undefined,
  });
  const cases: readonly [
    name: string,
    videos: readonly ReturnType<typeof video>[],
    after: readonly string[] | 'all',
  ][] = [
    ['nothing is chosen among two', [video('a'), video('b')], 'all'],
    ['who came first is in', [video('a'), video('b'), video('c')], ['a', 'b']],
    ['who talked last is in before', [video('a'), video('b', 5), video('c', 9)], ['b', 'c']],
    ['one who talked leaves a place', [video('a'), video('b'), video('c', 9)], ['a', 'c']],
    ['a screen is in before', [video('a', 9), video('b', 8), video('screen')], ['a', 'screen']],
    [
      'and of too many screens that of who talked last',
      [video('screen a'), video('screen b'), video('screen c', 1)],
      ['screen a', 'screen c'],
    ],
  ];

  test.each(cases)('%s', (_, videos, after) => {
    expect(sorted(chooseVideos(videos, 2))).toEqual(after);
  });

  test('none is let through where there are no places', () => {
    expect(sorted(chooseVideos([video('a'), video('screen')], 0))).toEqual([]);
  });
});

describe('of videos that are equally important (SPEC 11.6)', () => {
  const silent = (trackId: string, talkedAt = Number.NEGATIVE_INFINITY): OpenVideo => ({
    trackId,
    isScreen: trackId.startsWith('screen'),
    talkedAt,
    talkingSince: undefined,
  });
  const talking = (trackId: string, talkingSince: number): OpenVideo => ({
    ...silent(trackId, 100),
    talkingSince,
  });

  test.each<[string, readonly OpenVideo[], readonly string[]]>([
    ['none comes first while nobody has talked', [silent('a'), silent('b')], []],
    ['who talks comes first', [silent('a'), talking('b', 90)], ['b']],
    ['who began first keeps the place', [talking('a', 95), talking('b', 90)], ['b', 'a']],
    ['who talks comes before who talked', [silent('a', 99), talking('b', 90)], ['b', 'a']],
    ['and of these the latest', [silent('a', 10), silent('b', 20)], ['b', 'a']],
    ['screens come before', [talking('a', 90), silent('screen')], ['screen', 'a']],
  ])('%s', (_, videos, order) => {
    expect(orderVideos(videos)).toEqual(order);
  });
});
