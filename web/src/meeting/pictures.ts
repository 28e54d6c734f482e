import type { Person } from './people.ts';

/** One tile's worth: somebody's camera, or a screen. */
export interface PictureSlot {
  readonly key: string;
  readonly person: Person;
  readonly source: 'camera' | 'screen_share';
}

/** What the page shows: a screen on the stage, if somebody shares one, and everything else. */
export interface Pictures {
  readonly stage: PictureSlot | null;
  readonly tiles: readonly PictureSlot[];
}

/**
 * Decides what goes on the stage: the screen of whoever came last among those
 * who share one. One's own is no use on one's own stage, and stays a tile.
 */
export function arrangePictures(people: readonly Person[]): Pictures {
  const screens = people
    .filter(({ isSharingScreen }) => isSharingScreen)
    .map((person) => slot(person, 'screen_share'));
  const stage = screens.findLast(({ person }) => !person.isLocal) ?? null;
  const others = screens.filter((screen) => screen !== stage);
  return { stage, tiles: [...others, ...people.map((person) => slot(person, 'camera'))] };
}

function slot(person: Person, source: PictureSlot['source']): PictureSlot {
  return { key: `${person.identity} ${source}`, person, source };
}
