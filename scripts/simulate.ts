/**
 * `npm run simulate`: people come to rooms and go, nodes fail and are drained, and the
 * placement that servers use decides where everybody goes. Prints how near to the best
 * packing that is; `--json FILE` writes all figures there (`-`: to standard output, in
 * place of the table). The same `--seed` gives the same figures.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  heldComparisons,
  reportText,
  TOLERATED_EXCESS,
} from '../server/src/media/placement/simulation/report.ts';
import { simulate } from '../server/src/media/placement/simulation/simulate.ts';
import { WARM_UP_S } from '../server/src/media/placement/simulation/traffic.ts';
import { elapsed, SetupError } from './setup/say.ts';
import { runVerb } from './setup/verb.ts';

await runVerb(async () => {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '200' },
      cores: { type: 'string', default: '24' },
      rooms: { type: 'string', default: '20000' },
      participants: { type: 'string', default: '500000' },
      regions: { type: 'string', default: '4' },
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  const durationS = whole('minutes', values.minutes) * 60;
  if (durationS <= WARM_UP_S) {
    throw new SetupError(`--minutes has to be more than ${WARM_UP_S / 60}: rooms begin until then`);
  }
  const start = performance.now();
  const simulation = simulate(
    {
      nodes: whole('nodes', values.nodes),
      coresPerNode: whole('cores', values.cores),
      rooms: whole('rooms', values.rooms),
      participants: whole('participants', values.participants),
      regions: whole('regions', values.regions),
      seed: whole('seed', values.seed),
      durationS,
    },
    tellProgress,
  );
  const json = `${JSON.stringify(simulation, undefined, 2)}\n`;
  if (values.json === '-') {
    process.stdout.write(json);
  } else {
    if (values.json !== undefined) writeFileSync(values.json, json);
    process.stdout.write(`${reportText(simulation)}· simulated in ${elapsed(start)}\n`);
  }
  const held = [simulation.day, simulation.crush].flatMap((day) => heldComparisons(day));
  return held.every(({ excess }) => excess <= TOLERATED_EXCESS) ? 0 : 1;
});

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SetupError(`--${name} has to be a whole number above 0, and not ${text}`);
}

function tellProgress(day: 'day' | 'crush', share: number): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r· ${day}: ${Math.round(share * 100)} %  `);
  if (day === 'crush' && share > 0.999) process.stderr.write('\n');
}
