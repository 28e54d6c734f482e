import { Monitor, Smartphone } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { type Failure, toFailure } from '../app/failure.ts';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { deviceNameOf } from './device-name.ts';
import { DoneNote } from './done-note.tsx';
import type { DeviceSession, SessionsStore } from './sessions-store.ts';

const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** The devices that are signed in. Each can be signed out, and all but this one at once. */
export function SessionsSection({ sessions: store }: { sessions: SessionsStore }) {
  const { status, sessions, nextCursor, failure } = useStore(store.state);
  const [endFailure, setEndFailure] = useState<Failure | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState('');
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    void store.load();
  }, [store]);

  async function end(work: () => Promise<void>, text: string) {
    if (isBusy) return;
    setBusy(true);
    setEndFailure(null);
    setDone('');
    try {
      await work();
      setDone(text);
      // The button that was pressed is gone.
      list.current?.focus();
    } catch (error) {
      setEndFailure(toFailure(error));
    } finally {
      setBusy(false);
    }
  }

  const hasOthers = nextCursor !== null || sessions.some(({ isCurrent }) => !isCurrent);
  return (
    <div className="form">
      {status === 'loading' && <p role="status">Loading your devices…</p>}
      <ul className="devices" aria-label="Signed-in devices" ref={list} tabIndex={-1}>
        {sessions.map((session) => (
          <Device
            key={session.id}
            session={session}
            isBusy={isBusy}
            onEnd={() =>
              void end(
                () => store.end(session.id),
                `Signed out: ${deviceNameOf(session.userAgent).text}.`,
              )
            }
          />
        ))}
      </ul>
      {failure !== null && (
        <>
          <FailureAlert failure={failure} />
          <Button look="quiet" onClick={() => void store.load()}>
            Try again
          </Button>
        </>
      )}
      {endFailure !== null && <FailureAlert failure={endFailure} />}
      <div className="account__buttons">
        {nextCursor !== null && failure === null && (
          <Button look="quiet" onClick={() => void store.loadMore()}>
            Show more
          </Button>
        )}
        {hasOthers && (
          <Button
            disabled={isBusy}
            onClick={() => void end(() => store.endOthers(), 'Every other device is signed out.')}
          >
            Sign out all other devices
          </Button>
        )}
        <DoneNote text={done} />
      </div>
    </div>
  );
}

function Device(props: { session: DeviceSession; isBusy: boolean; onEnd: () => void }) {
  const { session } = props;
  const { text, isHandheld } = deviceNameOf(session.userAgent);
  const Icon = isHandheld ? Smartphone : Monitor;
  const lastUsed = MOMENT.format(new Date(session.lastUsedAt));
  return (
    <li className="device" data-current={session.isCurrent || undefined}>
      <Icon className="device__icon" size={22} aria-hidden="true" />
      <div className="device__text">
        <p className="device__name">
          <span title={session.userAgent ?? undefined}>{text}</span>
          {session.isCurrent && <span className="badge badge--good">This device</span>}
        </p>
        <p className="device__facts">
          {session.address !== null && <span>{session.address}</span>}
          <span>
            Last used <time dateTime={session.lastUsedAt}>{lastUsed}</time>
          </span>
        </p>
      </div>
      {!session.isCurrent && (
        <Button look="quiet" size="small" disabled={props.isBusy} onClick={props.onEnd}>
          Sign out
          <span className="visually-hidden">
            {' '}
            {text}, last used {lastUsed}
          </span>
        </Button>
      )}
    </li>
  );
}
