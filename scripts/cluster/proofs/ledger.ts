import type { FrameMark } from './frame-marks.ts';

/** A time without frames, in milliseconds of `performance.now()`. */
export type Pause = { readonly from: number; readonly to: number };

type Stream = {
  /** When each frame came, by its number. */
  readonly arrivals: Map<number, number>;
  duplicates: number;
};

/** What somebody received of everybody, frame by frame. */
export class Ledger {
  readonly #streams = new Map<string, Stream>();

  note({ publisher, kind, number }: FrameMark): void {
    const key = `${publisher} ${kind}`;
    const stream = this.#streams.get(key) ?? { arrivals: new Map(), duplicates: 0 };
    this.#streams.set(key, stream);
    if (stream.arrivals.has(number)) stream.duplicates += 1;
    else stream.arrivals.set(number, performance.now());
  }

  /** Frames of a publisher that came since then. */
  countSince(publisher: number, kind: FrameMark['kind'], since: number): number {
    return this.#times(publisher, kind).filter((at) => at >= since).length;
  }

  /** When the first frame of a publisher came since then; undefined: not yet. */
  firstSince(publisher: number, kind: FrameMark['kind'], since: number): number | undefined {
    return this.#times(publisher, kind).find((at) => at >= since);
  }

  /** The longest time without a frame of a publisher, of those that ended after `since`. */
  longestPause(publisher: number, kind: FrameMark['kind'], since: number): Pause {
    const times = this.#times(publisher, kind);
    let longest: Pause = { from: since, to: since };
    for (const [index, to] of times.entries()) {
      const from = times[index - 1];
      if (from === undefined || to < since) continue;
      if (to - from > longest.to - longest.from) longest = { from, to };
    }
    return longest;
  }

  /** Frames that were to come between two that came, and did not; of those that came after `since`. */
  missingSince(publisher: number, kind: FrameMark['kind'], since: number): number {
    const arrivals = this.#streams.get(`${publisher} ${kind}`)?.arrivals ?? new Map();
    const before = [...arrivals].filter(([, at]) => at < since).map(([number]) => number);
    const after = [...arrivals].filter(([, at]) => at >= since).map(([number]) => number);
    if (after.length === 0) return 0;
    const first = before.length > 0 ? Math.max(...before) + 1 : Math.min(...after);
    return Math.max(...after) - first + 1 - after.filter((number) => number >= first).length;
  }

  /** Frames that came twice. */
  get duplicates(): number {
    return [...this.#streams.values()].reduce((sum, { duplicates }) => sum + duplicates, 0);
  }

  #times(publisher: number, kind: FrameMark['kind']): number[] {
    const stream = this.#streams.get(`${publisher} ${kind}`);
    return [...(stream?.arrivals.values() ?? [])].sort((one, other) => one - other);
  }
}
