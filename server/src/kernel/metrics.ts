import type { CounterName, GaugeName, HistogramName, LabelsOf } from './metric-table.ts';

/** Tells the value that something has now. */
export type TellMetric = <Name extends CounterName | GaugeName>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
) => void;

/**
 * What parts of the server tell operators, in figures. Whoever gets one counts what passes;
 * what somebody knows anyway is read when operators look, and counted nowhere twice.
 */
export interface Metrics {
  /** Counts something that happened. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Notes how long something took. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /**
   * Has `reader` called whenever operators look. What it does not tell is not there; when it
   * fails, the others are read all the same.
   */
  read(reader: (tell: TellMetric) => void | Promise<void>): void;
}

/** For whom nobody looks at. */
export const NO_METRICS: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  read: () => undefined,
};

/** A stopwatch that starts now. @returns what tells the seconds since. */
export function startTimer(): () => number {
  const startedAt = performance.now();
  return () => (performance.now() - startedAt) / 1_000;
}
