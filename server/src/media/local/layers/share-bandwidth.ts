/** One video on its way to a subscriber, as far as it matters for its share. */
export interface Claim<Id = string> {
  readonly id: Id;
  /** The higher comes first. */
  readonly priority: number;
  /** Of equals the lower comes first; the same for those of which none does. */
  readonly place: number;
  /** Bits per second of the least that can be sent of it. */
  readonly least: number;
  /** Bits per second of all that the subscriber wants of it. */
  readonly all: number;
  readonly isWithheld: boolean;
}

/** What is withheld comes back when there is room to spare: else it would go at once. */
const ROOM_TO_COME_BACK = 1.25;
/** Bit rates go up and down: what is to keep its layers needs more than it takes on average. */
const ROOM_TO_KEEP = 1.1;

/**
 * Finds what must wait on a line that does not carry everything. A priority has
 * all that it wants before the next lower one gets anything; within one, each has
 * its least before any has more, in the order of their places, and of equal places in
 * the order given. Whatever comes first flows.
 *
 * @param available Bits per second.
 */
export function findWithheld<Id>(available: number, claims: readonly Claim<Id>[]): ReadonlySet<Id> {
  const withheld = new Set<Id>();
  let left = available;
  let isFirst = true;
  for (const rank of ranksOf(claims)) {
    const granted = rank.filter((claim) => {
      const room = claim.least * (claim.isWithheld ? ROOM_TO_COME_BACK : 1);
      const isGranted = isFirst || room <= left;
      isFirst = false;
      if (isGranted) left -= claim.least;
      else withheld.add(claim.id);
      return isGranted;
    });
    for (const { least, all } of granted) left -= all * ROOM_TO_KEEP - least;
  }
  return withheld;
}

function ranksOf<Id>(claims: readonly Claim<Id>[]): readonly (readonly Claim<Id>[])[] {
  const ranks = Map.groupBy(claims, ({ priority }) => priority);
  return [...ranks]
    .sort(([a], [b]) => b - a)
    .map(([, rank]) => rank.toSorted((a, b) => (a.place === b.place ? 0 : a.place - b.place)));
}
