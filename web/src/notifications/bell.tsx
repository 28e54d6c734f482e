import { Bell as BellIcon } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { NotificationList } from './notification-list.tsx';
import { connectAccount, NotificationsStore } from './notifications-store.ts';
import './notifications.css';

const MOST_SHOWN = 99;

/** How many notifications are unread, as they come; and the list of all of them. */
export function Bell() {
  const account = useAccount();
  const [store] = useState(() => new NotificationsStore(() => connectAccount(account)));
  const { unreadCount, isOpen, news } = useStore(store.state);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    void store.start();
    return () => store.close();
  }, [store]);

  useEffect(() => {
    if (!isOpen) return;
    const closeOutside = ({ target }: Event) => {
      if (target instanceof Node && root.current?.contains(target)) return;
      store.setOpen(false);
    };
    const closeOnEscape = ({ key }: KeyboardEvent) => {
      if (key !== 'Escape') return;
      store.setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('keydown', closeOnEscape);
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    return () => {
      document.removeEventListener('keydown', closeOnEscape);
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
    };
  }, [store, isOpen]);

  return (
    <div className="bell" ref={root}>
      <Button
        ref={button}
        look="quiet"
        size="icon"
        className="bell__button"
        aria-label={unreadCount === 0 ? 'Notifications' : `Notifications, ${unreadCount} unread`}
        aria-expanded={isOpen}
        title="Notifications"
        onClick={() => store.setOpen(!isOpen)}
      >
        <BellIcon size={20} aria-hidden="true" />
        {unreadCount > 0 && (
          <span className="bell__count" aria-hidden="true">
            {unreadCount > MOST_SHOWN ? `${MOST_SHOWN}+` : unreadCount}
          </span>
        )}
      </Button>
      <span role="status" className="visually-hidden">
        {news}
      </span>
      {isOpen && <NotificationList store={store} />}
    </div>
  );
}
