import type { Simulation } from './simulate.ts';
import type { Comparison, Summary } from './summarise.ts';

/** How much worse than the best packing placement may be. */
export const TOLERATED_EXCESS = 0.15;

/** Of the comparisons, those that have to be within `TOLERATED_EXCESS`. */
export function heldComparisons({
  cores,
  carried,
  streams,
  moves,
}: Summary): readonly Comparison[] {
  return [cores, carried, streams, moves];
}

/** The simulation for people: a table for each day. */
export function reportText({ options, day, crush }: Simulation): string {
  const { nodes, coresPerNode } = options;
  return [
    `A day: ${count(nodes)} nodes with ${coresPerNode} cores each, failures and drains`,
    ...lines(day),
    '',
    `A crush: the same people on ${count(crush.nodes)} nodes`,
    ...lines(crush),
    '',
  ].join('\n');
}

function lines(summary: Summary): readonly string[] {
  const { workerLoad, pipes, nodePipes } = summary;
  const held = heldComparisons(summary);
  const facts = [
    ['people, mean and most', `${count(summary.people)}, ${count(summary.mostPeople)}`],
    ['rooms, on several workers', `${count(summary.rooms)}, ${count(summary.splitRooms)}`],
    ['utilisation of cores', percent(summary.utilisation)],
    [
      'load of workers, median, 99 %, most',
      [workerLoad.median, workerLoad.p99, workerLoad.most].map(percent).join(', '),
    ],
    ['workers above 1, mean', summary.overloadedWorkers.toFixed(1)],
    ['joins, refused at first', `${count(summary.joins)}, ${count(summary.refused)}`],
    ['without a place after a failure', count(summary.lost)],
    ['longest drain', `${summary.longestDrainS} s`],
    ['pipes, if workers were filled to the limit', count(summary.fewestPipes)],
  ].map(([name = '', value = '']) => `  ${name.padEnd(44)}${value}`);
  const head = `  ${''.padEnd(30)}${'placed'.padStart(12)}${'best'.padStart(12)}${'worse by'.padStart(12)}`;
  const table = [...held, pipes, nodePipes].map((one) => {
    const verdict = !held.includes(one) ? '' : one.excess <= TOLERATED_EXCESS ? '  ✓' : '  ✗';
    const cells = [count(one.actual), count(one.best), percent(one.excess)];
    return `  ${one.name.padEnd(30)}${cells.map((cell) => cell.padStart(12)).join('')}${verdict}`;
  });
  return [...facts, head, ...table];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '–';
}
