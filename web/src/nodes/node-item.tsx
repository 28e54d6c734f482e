import { useId, useState } from 'react';
import { Link } from '../app/link.tsx';
import { pathOfRoom } from '../app/route.ts';
import { useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import type { MediaNode, RoomOnNode } from './node-types.ts';
import type { NodesStore } from './nodes-store.ts';
import { textOfShare } from './units.ts';
import { WorkersTable } from './workers-table.tsx';

/** One media node: its workers, its rooms, and whether people come to it. */
export function NodeItem({ store, node }: { store: NodesStore; node: MediaNode }) {
  const titleId = useId();
  const [isAsked, setAsked] = useState(false);
  const undrain = useSubmit(() => store.setDraining(node.id, false));
  const { participants, roomCount, workers, cores } = node;

  return (
    <li className="card node" aria-labelledby={titleId}>
      <header className="node__head">
        <h2 className="node__name" id={titleId}>
          <bdi>{node.id}</bdi>
        </h2>
        <Tags node={node} />
        {node.isDraining ? (
          <form onSubmit={undrain.submit}>
            <Button type="submit" size="small" disabled={undrain.isBusy}>
              Let people come again
              <span className="visually-hidden"> to {node.id}</span>
            </Button>
          </form>
        ) : (
          <Button look="quiet" size="small" onClick={() => setAsked(true)}>
            Drain
            <span className="visually-hidden"> {node.id}</span>
          </Button>
        )}
      </header>
      {undrain.failure !== null && <FailureAlert failure={undrain.failure} />}
      <p className="node__facts">
        {textOfShare(node.load)} load · {count(participants, 'person', 'people')} in{' '}
        {count(roomCount, 'room', 'rooms')} · {workers.length} of{' '}
        {count(cores, 'worker', 'workers')}
        {node.addresses.length > 0 && <> · {node.addresses.join(', ')}</>}
      </p>
      {workers.length > 0 && <WorkersTable nodeId={node.id} workers={workers} />}
      {node.rooms.length > 0 && <Rooms node={node} />}
      {isAsked && <DrainDialog store={store} node={node} onClose={() => setAsked(false)} />}
    </li>
  );
}

function Tags({ node }: { node: MediaNode }) {
  return (
    <span className="node__tags">
      {node.isDraining && <span className="tag tag--strong">Drained</span>}
      {node.workers.length < node.cores && (
        <span className="tag node__tag--bad">Workers missing</span>
      )}
      {node.region !== null && <span className="tag">{node.region}</span>}
      {Object.entries(node.labels).map(([name, value]) => (
        <span key={name} className="tag">
          {name}={value}
        </span>
      ))}
    </span>
  );
}

function Rooms({ node }: { node: MediaNode }) {
  const hidden = node.roomCount - node.rooms.length;
  return (
    <details className="node__rooms">
      <summary>{count(node.roomCount, 'room', 'rooms')}</summary>
      <ul aria-label={`Rooms on ${node.id}`}>
        {node.rooms.map((room) => (
          <li key={room.id} className="node__room">
            <RoomName room={room} />
            <span className="node__people">{count(room.participants, 'person', 'people')}</span>
          </li>
        ))}
        {hidden > 0 && <li className="node__room">and {hidden} smaller ones</li>}
      </ul>
    </details>
  );
}

function RoomName({ room }: { room: RoomOnNode }) {
  if (room.name === null) return <span className="node__room-name">Unknown room</span>;
  return (
    <Link to={pathOfRoom(room.id)} className="node__room-name">
      <bdi>{room.name}</bdi>
    </Link>
  );
}

function DrainDialog(props: { store: NodesStore; node: MediaNode; onClose: () => void }) {
  const { store, node, onClose } = props;
  const { isBusy, failure, submit } = useSubmit(async () => {
    await store.setDraining(node.id, true);
    onClose();
  });
  return (
    <Dialog title="Drain this node?" onClose={onClose}>
      <form onSubmit={submit} className="form">
        <p>
          Nobody new comes to <bdi className="node__strong">{node.id}</bdi>, and who is on it moves
          to other nodes while their meetings go on. Whose app is too old for that joins anew; who
          has no other node to go to stays until there is one.
        </p>
        <p>
          A media node ends by itself once nobody is on it. Until then you can let people come
          again.
        </p>
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="danger" disabled={isBusy}>
            Drain node
          </Button>
          <Button look="quiet" onClick={onClose}>
            Leave it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
