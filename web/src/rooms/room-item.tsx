import {
  BarChart3,
  CalendarClock,
  Lock,
  Pencil,
  SlidersHorizontal,
  UserPlus,
  UserRoundX,
  Users,
  Video,
} from 'lucide-react';
import { useState } from 'react';
import { Link } from '../app/link.tsx';
import { textOfDate, textOfMoment } from '../app/moments.ts';
import { pathOfRoom } from '../app/route.ts';
import { Button } from '../ui/button.tsx';
import { CopyLinkButton } from '../ui/copy-link-button.tsx';
import { CloseRoomDialog } from './close-room-dialog.tsx';
import { EditRoomDialog } from './edit-room-dialog.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { RoomSettingsDialog } from './room-settings-dialog.tsx';
import { isUpcoming, type ListedRoom } from './room-summary.ts';
import type { RoomsStore } from './rooms-store.ts';
import { StatisticsDialog } from './statistics-dialog.tsx';

type DialogName = 'invite' | 'edit' | 'settings' | 'close' | 'statistics';

interface RoomItemProps {
  readonly store: RoomsStore;
  readonly room: ListedRoom;
  /** Whether the person is its host. */
  readonly isOwn: boolean;
}

/** One of the person's rooms, with what can be done about it. */
export function RoomItem({ store, room, isOwn }: RoomItemProps) {
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const isActive = room.status === 'active';
  const shared = { store, room, onClose: () => setDialog(null) };
  return (
    <li className={isActive ? 'room-item' : 'room-item room-item--ended'}>
      <div className="room-item__text">
        <h3 className="room-item__name" dir="auto">
          {room.name}
        </h3>
        {room.description !== null && (
          <p className="room-item__description" dir="auto">
            {room.description}
          </p>
        )}
        <Facts room={room} isOwn={isOwn} />
      </div>
      <div className="room-item__buttons">
        {isActive && (
          <>
            <Link to={pathOfRoom(room.id)} className="button button--primary button--small">
              Open<span className="visually-hidden"> {room.name}</span>
            </Link>
            <CopyLinkButton roomId={room.id} />
          </>
        )}
        {isActive && isOwn && (
          <>
            <IconButton
              of={UserPlus}
              name={`Invite to ${room.name}`}
              onPress={() => setDialog('invite')}
            />
            <IconButton
              of={SlidersHorizontal}
              name={`Settings of ${room.name}`}
              onPress={() => setDialog('settings')}
            />
            <IconButton of={Pencil} name={`Edit ${room.name}`} onPress={() => setDialog('edit')} />
            <Button look="quiet" size="small" onClick={() => setDialog('close')}>
              {isUpcoming(room, Date.now()) ? 'Cancel' : 'End'}
              <span className="visually-hidden"> {room.name}</span>
            </Button>
          </>
        )}
        {room.status === 'ended' && isOwn && (
          <Button look="quiet" size="small" onClick={() => setDialog('statistics')}>
            <BarChart3 size={16} aria-hidden="true" /> Statistics
            <span className="visually-hidden"> of {room.name}</span>
          </Button>
        )}
      </div>
      {dialog === 'invite' && <InviteDialog {...shared} />}
      {dialog === 'edit' && <EditRoomDialog {...shared} />}
      {dialog === 'settings' && <RoomSettingsDialog roomId={room.id} onClose={shared.onClose} />}
      {dialog === 'close' && <CloseRoomDialog {...shared} />}
      {dialog === 'statistics' && <StatisticsDialog {...shared} />}
    </li>
  );
}

function IconButton(props: { of: typeof Pencil; name: string; onPress: () => void }) {
  const { of: Icon, name, onPress } = props;
  return (
    <Button look="quiet" size="small" aria-label={name} title={name} onClick={onPress}>
      <Icon size={16} aria-hidden="true" />
    </Button>
  );
}

function Facts({ room, isOwn }: { room: ListedRoom; isOwn: boolean }) {
  const { status, scheduledAt, endedAt, participantCount, maxUsers } = room;
  return (
    <p className="room-item__facts">
      {status !== 'active' && (
        <span className="room-item__ended">
          {status === 'ended' ? 'Ended' : 'Cancelled'}
          {endedAt !== null && ` ${textOfMoment(endedAt)}`}
        </span>
      )}
      {scheduledAt !== null && (
        <span className={isUpcoming(room, Date.now()) ? 'room-item__start' : undefined}>
          <CalendarClock size={14} aria-hidden="true" />
          <span className="visually-hidden">Starts </span>
          <time dateTime={scheduledAt}>{textOfMoment(scheduledAt)}</time>
        </span>
      )}
      {scheduledAt === null && status === 'active' && <span>{textOfDate(room.createdAt)}</span>}
      {participantCount > 0 && (
        <span className="room-item__live">
          <Video size={14} aria-hidden="true" /> {participantCount} in the meeting
        </span>
      )}
      <span>
        <Users size={14} aria-hidden="true" /> {maxUsers} {maxUsers === 1 ? 'seat' : 'seats'}
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
      {!isOwn && <span>Somebody else’s</span>}
    </p>
  );
}
