/** A breakout room that is to be made. */
export interface Group {
  readonly name: string;
  readonly identities: readonly string[];
}

/** The most breakout rooms that the form makes. */
export const MOST_GROUPS = 20;

/** Who goes where: the number of a group from 0 on, or null for the main room. */
export type Places = ReadonlyMap<string, number | null>;

/** Spreads people over groups, as evenly as can be, in their order. */
export function spread(people: readonly string[], groups: number): Places {
  return new Map(people.map((identity, index) => [identity, index % groups]));
}

/** The groups as they are to be made. Who belongs to one that is no more stays in the main room. */
export function groupsOf(places: Places, count: number): readonly Group[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `Group ${index + 1}`,
    identities: [...places].filter(([, place]) => place === index).map(([identity]) => identity),
  }));
}
