import { expect, it } from 'vitest';
import { arrangePictures } from './pictures.ts';
import { besideSpotlight } from './spotlight.ts';

it('has beside the spotlight a shared screen first, and everybody who is not in it', () => {
  const people = ['me', 'ann', 'bo'].map((identity) => ({ identity, isLocal: identity === 'me' }));
  const { stage, tiles } = arrangePictures(people, new Set(people.slice(1, 2)));
  const beside = besideSpotlight(stage, tiles, people.slice(1, 2));
  expect(beside.map(({ key }) => key)).toEqual(['ann screen_share', 'me camera', 'bo camera']);
});
