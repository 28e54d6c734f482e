import type { Notification, NotificationType } from '@balai/client/notifications';
import { AlarmClock, AtSign, CheckCheck, DoorOpen, Megaphone, X } from 'lucide-react';
import { Link } from '../app/link.tsx';
import { textOfAgo, textOfMoment } from '../app/moments.ts';
import { pathOfRoom } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import type { NotificationsStore } from './notifications-store.ts';

const ICONS: Readonly<Record<NotificationType, typeof DoorOpen>> = {
  room_invitation: DoorOpen,
  meeting_reminder: AlarmClock,
  message: AtSign,
  system: Megaphone,
};

/** All notifications, newest first. Takes the focus. */
export function NotificationList({ store }: { store: NotificationsStore }) {
  const state = useStore(store.list.state);
  const { unreadCount } = useStore(store.state);
  const heading = useFocusOnMount<HTMLHeadingElement>();
  return (
    <section className="notifications" aria-labelledby="notifications-title">
      <header className="notifications__header">
        <h2 id="notifications-title" className="notifications__title" ref={heading} tabIndex={-1}>
          Notifications
        </h2>
        {unreadCount > 0 && (
          <Button look="quiet" size="small" onClick={() => void store.readAll()}>
            <CheckCheck size={16} aria-hidden="true" /> Mark all as read
          </Button>
        )}
      </header>
      {state.status === 'loading' && state.items.length === 0 && (
        <p className="notifications__hint" role="status">
          Loading…
        </p>
      )}
      {state.status === 'ready' && state.items.length === 0 && (
        <p className="notifications__hint">Nothing yet. Invitations and reminders come here.</p>
      )}
      <ul className="notifications__list">
        {state.items.map((notification) => (
          <Item key={notification.id} store={store} notification={notification} />
        ))}
      </ul>
      <div className="notifications__foot">
        <ListFoot list={store.list} state={state} />
      </div>
    </section>
  );
}

function Item(props: { store: NotificationsStore; notification: Notification }) {
  const { store, notification } = props;
  const { id, type, title, message, isRead, roomId, createdAt } = notification;
  const Icon = ICONS[type];
  const words = (
    <>
      <span className="notification__title" dir="auto">
        {!isRead && <span className="visually-hidden">Unread: </span>}
        {title}
      </span>
      <span className="notification__message" dir="auto">
        {message}
      </span>
      <time className="notification__time" dateTime={createdAt} title={textOfMoment(createdAt)}>
        {textOfAgo(createdAt, Date.now())}
      </time>
    </>
  );
  return (
    <li className={isRead ? 'notification' : 'notification notification--unread'}>
      <Icon size={18} className="notification__icon" aria-hidden="true" />
      {roomId === null ? (
        <div className="notification__text">{words}</div>
      ) : (
        <span className="notification__text" onClickCapture={() => void store.read(notification)}>
          <Link to={pathOfRoom(roomId)} className="notification__link">
            {words}
          </Link>
        </span>
      )}
      <span className="notification__actions">
        {!isRead && (
          <button
            type="button"
            className="notification__action"
            aria-label={`Mark as read: ${title}`}
            title="Mark as read"
            onClick={() => void store.read(notification)}
          >
            <span className="notification__dot" aria-hidden="true" />
          </button>
        )}
        <button
          type="button"
          className="notification__action"
          aria-label={`Remove: ${title}`}
          title="Remove"
          onClick={() => void store.remove(id)}
        >
          <X size={15} aria-hidden="true" />
        </button>
      </span>
    </li>
  );
}
