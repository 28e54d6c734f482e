/** What a room takes, wherever its people are. */
export interface RoomDemand {
  /** In one piece, without pipes. */
  readonly cores: number;
  /** What each further router adds. */
  readonly pipeCores: number;
}

/**
 * The fewest places a room fits on, of which each has `coresPerPlace` to give, were they
 * all empty but for it. No packing has fewer: the other rooms only take space.
 */
export function fewestPlaces(room: RoomDemand, coresPerPlace: number): number {
  const { cores, pipeCores } = room;
  if (cores <= coresPerPlace) return 1;
  // Each further place brings what it has less the pipes to it.
  const gain = coresPerPlace - pipeCores;
  if (gain <= 0) return Number.POSITIVE_INFINITY;
  return 1 + Math.ceil((cores - coresPerPlace) / gain - 1e-9);
}
