import type { LayerChoice } from './choose-layers.ts';

/**
 * What the subscribers of one track receive together: how many of them get each
 * layer. A change costs the same however many there are.
 */
export class LayerNeeds {
  /** Subscribers by temporal layer, by spatial layer. */
  readonly #counts: number[][] = [];

  /** The most that anybody receives, in size and in frames; null: nobody receives anything. */
  get most(): LayerChoice | null {
    const spatialLayer = this.#counts.findLastIndex((counts) => counts.some(isPositive));
    if (spatialLayer === -1) return null;
    // Who gets fewer frames of the largest picture may want more of them of a smaller one.
    const temporalLayers = this.#counts.map((counts) => counts.findLastIndex(isPositive));
    return { spatialLayer, temporalLayer: Math.max(...temporalLayers) };
  }

  /**
   * A subscriber gets something else.
   *
   * @param before What it was counted with until now; null for nothing.
   * @param after What it gets; null for nothing.
   */
  move(before: LayerChoice | null, after: LayerChoice | null): void {
    if (before !== null) this.#add(before, -1);
    if (after !== null) this.#add(after, 1);
  }

  #add({ spatialLayer, temporalLayer }: LayerChoice, by: number): void {
    while (this.#counts.length <= spatialLayer) this.#counts.push([]);
    const counts = this.#counts[spatialLayer] ?? [];
    while (counts.length <= temporalLayer) counts.push(0);
    counts[temporalLayer] = (counts[temporalLayer] ?? 0) + by;
  }
}

function isPositive(count: number): boolean {
  return count > 0;
}
