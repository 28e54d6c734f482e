import { Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { Link } from '../app/link.tsx';
import { textOfDuration, textOfMoment } from '../app/moments.ts';
import { pathOfRoom } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { useTitle } from '../app/use-title.ts';
import { HomeFrame } from '../rooms/home-frame.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Figures } from '../ui/figures.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import { type Activity, HistoryStore, type MeetingStay } from './history-store.ts';
import './history.css';

/** The meetings that one was in, for how long, and what they come to. */
export function HistoryPage() {
  useTitle('Your meetings');
  return (
    <HomeFrame>
      <History />
    </HomeFrame>
  );
}

function History() {
  const account = useAccount();
  const [history] = useState(() => new HistoryStore(account));
  const state = useStore(history.list.state);
  const [activity, setActivity] = useState<Activity | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  useEffect(() => {
    void history.list.load();
    history
      .readActivity()
      .then(setActivity)
      .catch((error: unknown) => setFailure(toFailure(error)));
  }, [history]);

  return (
    <main className="history">
      <h1 className="landing__heading">Your meetings</h1>
      {failure !== null && <FailureAlert failure={failure} />}
      {activity !== null && <Figures figures={figuresOf(activity)} />}
      {state.status === 'loading' && <p role="status">Loading your meetings…</p>}
      {state.status === 'ready' && state.items.length === 0 && (
        <p className="landing__hint">You have not been in a meeting yet.</p>
      )}
      <ul className="history__list" aria-label="Meetings">
        {state.items.map((stay) => (
          <Stay key={stay.id} stay={stay} />
        ))}
      </ul>
      <ListFoot list={history.list} state={state} />
    </main>
  );
}

function Stay({ stay }: { stay: MeetingStay }) {
  const { roomId, roomName, joinedAt, leftAt, durationSeconds, recordingUrl } = stay;
  return (
    <li className="history__stay">
      <Link to={pathOfRoom(roomId)} className="history__name">
        <bdi>{roomName}</bdi>
      </Link>
      <time className="history__moment" dateTime={joinedAt}>
        {textOfMoment(joinedAt)}
      </time>
      <span className="history__duration">
        <Clock size={14} aria-hidden="true" />
        {leftAt === null || durationSeconds === null
          ? 'Still there'
          : textOfDuration(durationSeconds)}
      </span>
      {recordingUrl !== null && (
        <a href={recordingUrl} target="_blank" rel="noopener noreferrer">
          Recording
        </a>
      )}
    </li>
  );
}

function figuresOf(activity: Activity): readonly (readonly [string, string])[] {
  return [
    ['Time in meetings', textOfDuration(activity.totalMeetingSeconds)],
    ['Stays', String(activity.participations)],
    ['Rooms joined', String(activity.roomsJoined)],
    ['Rooms made', String(activity.roomsCreated)],
  ];
}
