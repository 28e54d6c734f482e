import { Lock, UserRoundX, Users } from 'lucide-react';
import { useState } from 'react';
import { type Failure, toFailure } from '../app/failure.ts';
import { Link } from '../app/link.tsx';
import { pathOfRoom } from '../app/route.ts';
import { Button } from '../ui/button.tsx';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import type { RoomSummary } from './room-summary.ts';

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** One of the person's rooms, with what can be done about it. */
export function RoomItem({ room, onEnd }: { room: RoomSummary; onEnd: () => Promise<void> }) {
  const [isAsking, setAsking] = useState(false);
  const isActive = room.status === 'active';
  return (
    <li className={isActive ? 'room-item' : 'room-item room-item--ended'}>
      <div className="room-item__text">
        <h3 className="room-item__name" dir="auto">
          {room.name}
        </h3>
        <p className="room-item__facts">
          <span>{dateFormat.format(new Date(room.createdAt))}</span>
          <span>
            <Users size={14} aria-hidden="true" /> {room.maxUsers}{' '}
            {room.maxUsers === 1 ? 'seat' : 'seats'}
          </span>
          {room.hasPassword && (
            <span>
              <Lock size={14} aria-hidden="true" /> Password
            </span>
          )}
          {!room.guestsAllowed && (
            <span>
              <UserRoundX size={14} aria-hidden="true" /> No guests
            </span>
          )}
          {!isActive && <span className="room-item__ended">Ended</span>}
        </p>
      </div>
      {isActive && (
        <div className="room-item__buttons">
          <Link to={pathOfRoom(room.id)} className="button button--primary button--small">
            Open<span className="visually-hidden"> {room.name}</span>
          </Link>
          <CopyLinkButton roomId={room.id} />
          <Button look="quiet" size="small" onClick={() => setAsking(true)}>
            End<span className="visually-hidden"> {room.name}</span>
          </Button>
        </div>
      )}
      {isAsking && (
        <EndRoomDialog name={room.name} onEnd={onEnd} onClose={() => setAsking(false)} />
      )}
    </li>
  );
}

function EndRoomDialog(props: { name: string; onEnd: () => Promise<void>; onClose: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  async function end() {
    setBusy(true);
    try {
      await props.onEnd();
      props.onClose();
    } catch (error) {
      setFailure(toFailure(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title="End this room?" onClose={props.onClose}>
      <p>
        Everybody in <bdi>{props.name}</bdi> is sent out, and its link stops working for good.
      </p>
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="dialog__buttons">
        <Button look="danger" disabled={isBusy} onClick={() => void end()}>
          End the room
        </Button>
        <Button look="quiet" onClick={props.onClose}>
          Keep it
        </Button>
      </div>
    </Dialog>
  );
}
