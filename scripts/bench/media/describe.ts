import { ESTIMATORS, type EstimatorRun } from '../estimators/measure-estimator.ts';
import type { PipeRun } from '../pipes/measure-pipes.ts';
import { type Figure, figureOf, quantile, showFigure, table } from './figures.ts';
import { SUBJECTS, type SubjectName } from './subject.ts';
import type { Window } from './window.ts';
import type { JoinTimes } from './wire.ts';

/** Everything that was measured, run by run. */
export type Results = {
  readonly forwarding: (Window & { readonly what: string; readonly subject: SubjectName })[];
  readonly estimation: EstimatorRun[];
  readonly join: {
    readonly what: string;
    readonly subject: SubjectName;
    readonly times: readonly JoinTimes[];
  }[];
  readonly people: (Window & { readonly count: number })[];
  readonly pipes: PipeRun[];
};

/** The results as tables in Markdown: medians of the rounds, with their ranges. */
export function describe(results: Results): string {
  const parts = [
    results.forwarding.length > 0 && describeForwarding(results.forwarding),
    results.estimation.length > 0 && describeEstimation(results.estimation),
    results.join.length > 0 && describeJoins(results.join),
    results.people.length > 0 && describePeople(results.people),
    results.pipes.length > 0 && describePipes(results.pipes),
  ];
  return parts.filter((part) => part !== false).join('\n\n');
}

function describeForwarding(runs: Results['forwarding']): string {
  const rows = unique(runs.map(({ what }) => what)).flatMap((what) => {
    const bare = figureOf(pick(runs, what, 'bare').map(({ usPerPacket }) => usPerPacket));
    return SUBJECTS.map((subject) => {
      const some = pick(runs, what, subject);
      const cost = figureOf(some.map(({ usPerPacket }) => usPerPacket));
      return [
        what,
        subject,
        figure(some, ({ packetsPerSecond }) => packetsPerSecond, 0),
        showFigure(cost, 2),
        ratio(cost, bare),
        figure(some, ({ controlCores }) => controlCores * 100, 1),
        figure(some, ({ lossShare }) => lossShare * 100, 2),
      ];
    });
  });
  const header = [
    'room',
    'server',
    'packets/s',
    'µs CPU per packet',
    'to bare',
    'control plane, % of a core',
    'lost, %',
  ];
  return `## Forwarding\n\n${table(header, rows)}`;
}

function describeEstimation(runs: Results['estimation']): string {
  const rows = ESTIMATORS.map((estimator) => {
    const some = runs.filter((run) => run.estimator === estimator);
    return [
      estimator,
      figure(some, ({ workerUs, nodeUs }) => workerUs + nodeUs, 2),
      figure(some, ({ packetsPerSecond }) => packetsPerSecond, 0),
      figure(some, ({ top }) => top * 100, 1),
    ];
  });
  const header = ['estimator', 'µs CPU per packet', 'packets/s', 'video in the best layer, %'];
  return `## Estimation of bandwidth\n\n${table(header, rows)}`;
}

function describeJoins(runs: Results['join']): string {
  const rows = unique(runs.map(({ what }) => what)).flatMap((what) => {
    const timesOf = (subject: SubjectName, share: number): Figure =>
      figureOf(
        runs
          .filter((run) => run.what === what && run.subject === subject)
          .map(({ times }) =>
            quantile(
              times.map(({ firstRtpMs }) => firstRtpMs),
              share,
            ),
          ),
      );
    return SUBJECTS.map((subject) => [
      what,
      subject,
      showFigure(timesOf(subject, 0.5), 1),
      showFigure(timesOf(subject, 0.95), 1),
      ratio(timesOf(subject, 0.5), timesOf('bare', 0.5)),
      ratio(timesOf(subject, 0.95), timesOf('bare', 0.95)),
    ]);
  });
  const header = ['room', 'server', 'first RTP p50, ms', 'p95, ms', 'p50 to bare', 'p95 to bare'];
  return `## Joining\n\n${table(header, rows)}`;
}

function describePeople(runs: Results['people']): string {
  const counts = unique(runs.map(({ count }) => count)).toSorted((a, b) => a - b);
  const runsOf = (people: number) => runs.filter(({ count }) => count === people);
  const coresOf = (people: number): number =>
    figureOf(runsOf(people).map((run) => run.workerCores + run.controlCores)).median;
  const rows = counts.map((count, index) => {
    const some = runsOf(count);
    const fewer = counts[index - 1] ?? 0;
    const growth = (coresOf(count) - (fewer === 0 ? 0 : coresOf(fewer))) / (count - fewer);
    return [
      String(count),
      figure(some, ({ workerCores }) => workerCores * 100, 1),
      figure(some, ({ controlCores }) => controlCores * 100, 1),
      figure(some, ({ packetsPerSecond }) => packetsPerSecond, 0),
      (growth * 100).toFixed(2),
      figure(some, ({ lossShare }) => lossShare * 100, 2),
    ];
  });
  const header = [
    'people',
    'worker, % of a core',
    'control plane, %',
    'packets/s',
    'added for each more person, %',
    'lost, %',
  ];
  return `## People\n\n${table(header, rows)}`;
}

function describePipes(runs: Results['pipes']): string {
  const us = (read: (run: PipeRun) => number) => figure(runs, read, 2);
  const rows = [
    ['over a pipe, at the worker that it leaves', us(({ leavingUs }) => leavingUs)],
    ['to 100 clients on one worker', us(({ audienceOnOneUs }) => audienceOnOneUs)],
    ['to 100 clients on two workers', us(({ audienceOnTwoUs }) => audienceOnTwoUs)],
  ];
  const rate = figure(runs, ({ packetsPerSecond }) => packetsPerSecond, 0);
  return `## Pipes\n\n${table(['packet', 'µs CPU'], rows)}\n\nPackets over the pipe: ${rate} a second.`;
}

function pick<T extends { readonly what: string; readonly subject: SubjectName }>(
  runs: readonly T[],
  what: string,
  subject: SubjectName,
): readonly T[] {
  return runs.filter((run) => run.what === what && run.subject === subject);
}

function figure<T>(runs: readonly T[], read: (run: T) => number, digits: number): string {
  return showFigure(figureOf(runs.map(read)), digits);
}

function ratio(one: Figure, other: Figure): string {
  return (one.median / other.median).toFixed(2);
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
