import { describe, expect, it } from 'vitest';
import { arrangePictures } from './pictures.ts';

const people = ['me', 'ann', 'bo'].map((identity) => ({ identity, isLocal: identity === 'me' }));

describe('the pictures', () => {
  it.each([
    ['nobody shares', [false, false, false], null, ['me', 'ann', 'bo']],
    ['somebody shares', [false, true, false], 'ann', ['me', 'ann', 'bo']],
    ['two share', [false, true, true], 'bo', ['ann screen', 'me', 'ann', 'bo']],
    ['only I share', [true, false, false], null, ['me screen', 'me', 'ann', 'bo']],
    ['I and somebody share', [true, false, true], 'bo', ['me screen', 'me', 'ann', 'bo']],
  ])('when %s', (_case, shares, stage, tiles) => {
    const sharing = new Set(people.filter((_person, index) => shares[index]));
    const pictures = arrangePictures(people, sharing);
    expect(pictures.stage?.participant.identity ?? null).toBe(stage);
    const shown = pictures.tiles.map(({ participant: { identity }, source }) =>
      source === 'camera' ? identity : `${identity} screen`,
    );
    expect(shown).toEqual(tiles);
  });

  it.each([
    ['a camera', 'ann camera', 'ann camera', ['bo screen_share', 'me camera', 'bo camera']],
    ['a screen', 'bo screen_share', 'bo screen_share', ['me camera', 'ann camera', 'bo camera']],
    ['who left', 'cy camera', 'bo screen_share', ['me camera', 'ann camera', 'bo camera']],
  ])('have on the stage what is pinned: %s', (_case, pinned, stage, tiles) => {
    const pictures = arrangePictures(people, new Set(people.slice(2)), pinned);
    expect(pictures.stage?.key).toBe(stage);
    expect(pictures.tiles.map(({ key }) => key)).toEqual(tiles);
  });

  it('have keys of their own', () => {
    const { tiles } = arrangePictures(people, new Set(people.slice(0, 1)));
    expect(new Set(tiles.map(({ key }) => key)).size).toBe(4);
  });
});
