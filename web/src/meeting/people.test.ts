import { describe, expect, it } from 'vitest';
import { hueOf, initialsOf, keepUnchanged, type Person } from './people.ts';

function person(identity: string, changes: Partial<Person> = {}): Person {
  return {
    identity,
    name: identity,
    role: 'participant',
    quality: 'unknown',
    isLocal: false,
    isMicrophoneOn: false,
    isCameraOn: false,
    isSharingScreen: false,
    isSpeaking: false,
    lastSpokeAt: 0,
    camera: null,
    screen: null,
    isCameraPaused: false,
    isScreenPaused: false,
    microphone: null,
    screenSound: null,
    ...changes,
  };
}

describe('the list of people', () => {
  it('is the old one while nothing changes', () => {
    const before = [person('ann'), person('bo')];
    expect(keepUnchanged(before, [person('ann'), person('bo')])).toBe(before);
  });

  it('keeps whoever did not change', () => {
    const before = [person('ann'), person('bo')];
    const after = keepUnchanged(before, [person('ann'), person('bo', { isMicrophoneOn: true })]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[1]?.isMicrophoneOn).toBe(true);
  });

  it('is a new one when somebody comes, goes or changes places', () => {
    const before = [person('ann'), person('bo')];
    expect(keepUnchanged(before, [person('ann')])).toEqual([before[0]]);
    expect(keepUnchanged(before, [...before, person('cy')])).toHaveLength(3);
    expect(keepUnchanged(before, [person('bo'), person('ann')])).toEqual([before[1], before[0]]);
  });
});

describe('initials', () => {
  it.each([
    ['Ann Lee', 'AL'],
    ['ann', 'A'],
    ['  Ann  Maria   de la Cruz ', 'AC'],
    ['王小明', '王'],
    ['नमिता शर्मा', 'नश'],
    ['محمد علي', 'مع'],
    ['👩‍👩‍👧 Family', '👩‍👩‍👧F'],
    ['', ''],
  ])('of %s are %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe('the hue of a person', () => {
  it('stays the same, and is a hue', () => {
    expect(hueOf('0b8f6a52')).toBe(hueOf('0b8f6a52'));
    for (const identity of ['', 'a', 'long identity with 👩‍👩‍👧', '王']) {
      expect(hueOf(identity)).toBeGreaterThanOrEqual(0);
      expect(hueOf(identity)).toBeLessThan(360);
    }
  });
});
