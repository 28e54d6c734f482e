import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { useTitle } from '../app/use-title.ts';
import { HomeFrame } from '../rooms/home-frame.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Figures } from '../ui/figures.tsx';
import { NodeItem } from './node-item.tsx';
import type { MediaNode } from './node-types.ts';
import { NodesStore } from './nodes-store.ts';
import { textOfBitrate, textOfShare } from './units.ts';
import './nodes.css';

/** The media nodes of the server and how they do, for administrators. */
export function NodesPage() {
  useTitle('Media nodes');
  return (
    <HomeFrame>
      <Nodes />
    </HomeFrame>
  );
}

function Nodes() {
  const account = useAccount();
  const [store] = useState(() => new NodesStore(account));
  const { nodes, failure } = useStore(store.state);
  useEffect(() => store.watch(() => document.visibilityState === 'visible'), [store]);

  return (
    <main className="nodes">
      <h1 className="landing__heading">Media nodes</h1>
      {failure !== null && <FailureAlert failure={failure} />}
      {failure === null && nodes === null && <p role="status">Asking the nodes…</p>}
      {nodes !== null && (
        <>
          <Figures figures={figuresOf(nodes)} />
          {nodes.length === 0 && (
            <p className="landing__hint">No media node is connected: nobody can join a meeting.</p>
          )}
          <ul className="nodes__list" aria-label="Media nodes">
            {nodes.map((node) => (
              <NodeItem key={node.id} store={store} node={node} />
            ))}
          </ul>
        </>
      )}
    </main>
  );
}

function figuresOf(nodes: readonly MediaNode[]): readonly (readonly [string, string])[] {
  const sum = (amountOf: (node: MediaNode) => number) =>
    nodes.reduce((total, node) => total + amountOf(node), 0);
  const cores = sum((node) => node.cores);
  const workers = nodes.flatMap((node) => node.workers);
  return [
    ['People', String(sum((node) => node.participants))],
    ['Load', textOfShare(sum((node) => node.load * node.cores) / Math.max(1, cores))],
    ['Workers', `${workers.length} of ${cores}`],
    ['Media in', textOfBitrate(workers.reduce((total, one) => total + one.incomingBps, 0))],
    ['Media out', textOfBitrate(workers.reduce((total, one) => total + one.outgoingBps, 0))],
  ];
}
