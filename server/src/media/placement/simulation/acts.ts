import type { ModelNode, ModelWorker } from './model-cluster.ts';
import type { Random } from './random.ts';
import { WARM_UP_S } from './traffic.ts';

/** How much goes wrong, and how much is updated. */
export interface ActOptions {
  /** Nodes that are killed. */
  readonly nodeFailures: number;
  /** Nodes that are drained for an update. */
  readonly drains: number;
  /** Workers that die. */
  readonly workerFailures: number;
}

/** What happens to one node or worker. */
export type Act =
  | { readonly atS: number; readonly kind: 'nodeFails' | 'nodeDrains'; readonly node: ModelNode }
  | { readonly atS: number; readonly kind: 'workerDies'; readonly worker: ModelWorker };

/** Spreads it over the time after everything has begun. No node is met twice. */
export function planActs(
  { nodeFailures, drains, workerFailures }: ActOptions,
  nodes: readonly ModelNode[],
  durationS: number,
  random: Random,
): readonly Act[] {
  const left = [...nodes];
  const takeNode = () => left.splice(Math.floor(random() * left.length), 1);
  const draw = (count: number, make: (atS: number) => readonly Act[]) =>
    Array.from({ length: count }, () =>
      make(Math.floor(WARM_UP_S + random() * (durationS - WARM_UP_S))),
    ).flat();
  return [
    ...draw(nodeFailures, (atS) => takeNode().map((node) => ({ atS, kind: 'nodeFails', node }))),
    ...draw(drains, (atS) => takeNode().map((node) => ({ atS, kind: 'nodeDrains', node }))),
    ...draw(workerFailures, (atS) =>
      takeNode().flatMap(({ workers }) => {
        const worker = workers[Math.floor(random() * workers.length)];
        return worker === undefined ? [] : [{ atS, kind: 'workerDies', worker }];
      }),
    ),
  ];
}
