import { describeMediaPlane } from '../media-plane.contract.ts';
import { createLocalMediaPlane } from './local-media-plane.ts';
import { TEST_WORKERS } from './test-workers.ts';
import type { ChooseWorker } from './worker-pool.ts';

/** Each newcomer of a room to another worker, as far as there are others. */
function apart(): ChooseWorker {
  let turn = 0;
  return (_newcomer, workers) => {
    const without = workers.filter(({ roomCores }) => roomCores === undefined);
    const byLoad = without.toSorted((one, other) => one.load.share - other.load.share);
    turn += 1;
    const place = byLoad[0] ?? workers[turn % workers.length];
    if (place === undefined) return { isPlaced: false, reason: 'no_place' };
    return { isPlaced: true, id: place.id, reason: 'spill' };
  };
}

describeMediaPlane(
  'the local media plane with everybody on another worker',
  (options) => createLocalMediaPlane({ ...TEST_WORKERS, ...options, chooseWorker: apart() }),
  'over all workers',
);
