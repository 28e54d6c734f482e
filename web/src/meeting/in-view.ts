import { TILES_PER_PAGE } from './grid-layout.ts';
import type { Person } from './people.ts';

/** Pictures of the strip beside a shared screen that can be seen without scrolling. */
const STRIP_PLACES = 4;

/** How many people can be seen at once. */
export function placesFor(people: readonly Person[]): number {
  const screens = people.filter(({ isSharingScreen }) => isSharingScreen);
  const hasStage = screens.some(({ isLocal }) => !isLocal);
  return hasStage ? STRIP_PLACES : TILES_PER_PAGE - screens.length;
}

/**
 * Brings whoever speaks into view, in the place of the one there who has been
 * silent longest. Nobody else moves: people find each other where they were.
 *
 * @param before The order until now.
 * @param people Everybody, as they are now; newcomers go last.
 * @param places How many can be seen. Oneself does not leave them.
 */
export function bringIntoView(
  before: readonly Person[],
  people: readonly Person[],
  places: number,
): readonly Person[] {
  const rest = new Map(people.map((person) => [person.identity, person]));
  const order: Person[] = [];
  for (const { identity } of before) {
    const person = rest.get(identity);
    if (person) order.push(person);
    rest.delete(identity);
  }
  order.push(...rest.values());
  for (const [index, person] of order.entries()) {
    if (index < places || !person.isSpeaking) continue;
    const silent = order
      .slice(0, places)
      .filter(({ isSpeaking, isLocal }) => !isSpeaking && !isLocal);
    const longest = silent.toSorted((one, other) => one.lastSpokeAt - other.lastSpokeAt)[0];
    if (longest === undefined) break;
    order[order.indexOf(longest)] = person;
    order[index] = longest;
  }
  return order;
}
