import { describe, expect, it } from 'vitest';
import type { Person } from './people.ts';
import { arrangePictures } from './pictures.ts';

function person(identity: string, isSharingScreen: boolean, isLocal = false): Person {
  return {
    identity,
    name: identity,
    role: 'participant',
    quality: 'unknown',
    isLocal,
    isMicrophoneOn: true,
    isCameraOn: true,
    isSharingScreen,
    isSpeaking: false,
    lastSpokeAt: 0,
    camera: null,
    screen: null,
    isCameraPaused: false,
    isScreenPaused: false,
    microphone: null,
    screenSound: null,
  };
}

describe('the pictures', () => {
  it.each([
    ['nobody shares', [false, false, false], null, ['me', 'ann', 'bo']],
    ['somebody shares', [false, true, false], 'ann', ['me', 'ann', 'bo']],
    ['two share', [false, true, true], 'bo', ['ann screen', 'me', 'ann', 'bo']],
    ['only I share', [true, false, false], null, ['me screen', 'me', 'ann', 'bo']],
    ['I and somebody share', [true, false, true], 'bo', ['me screen', 'me', 'ann', 'bo']],
  ])('when %s', (_case, shares, stage, tiles) => {
    const people = [
      person('me', shares[0] ?? false, true),
      person('ann', shares[1] ?? false),
      person('bo', shares[2] ?? false),
    ];
    const pictures = arrangePictures(people);
    expect(pictures.stage?.person.identity ?? null).toBe(stage);
    const shown = pictures.tiles.map(({ person: { identity }, source }) =>
      source === 'camera' ? identity : `${identity} screen`,
    );
    expect(shown).toEqual(tiles);
  });

  it('have keys of their own', () => {
    const { tiles } = arrangePictures([person('me', true, true), person('ann', false)]);
    expect(new Set(tiles.map(({ key }) => key)).size).toBe(3);
  });
});
