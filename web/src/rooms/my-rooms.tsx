import { useEffect, useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { CreateRoomForm } from './create-room-form.tsx';
import { RoomItem } from './room-item.tsx';
import { RoomsStore } from './rooms-store.ts';

/** Make a room, and see those one has. */
export function MyRooms() {
  const account = useAccount();
  const [store] = useState(() => new RoomsStore(account));
  const { status, rooms, nextCursor, failure } = useStore(store.state);
  useEffect(() => {
    void store.load();
  }, [store]);

  return (
    <main className="landing__home">
      <section className="card" aria-labelledby="create-room">
        <h1 id="create-room" className="landing__heading">
          New room
        </h1>
        <CreateRoomForm onCreate={(room) => store.create(room)} />
      </section>
      <section aria-labelledby="my-rooms">
        <h2 id="my-rooms" className="landing__heading">
          Your rooms
        </h2>
        {status === 'loading' && <p role="status">Loading your rooms…</p>}
        {status === 'ready' && rooms.length === 0 && (
          <p className="landing__hint">You have no rooms yet. Make one and share its link.</p>
        )}
        <ul className="room-list">
          {rooms.map((room) => (
            <RoomItem key={room.id} room={room} onEnd={() => store.end(room.id)} />
          ))}
        </ul>
        {failure !== null && (
          <div className="form">
            <FailureAlert failure={failure} />
            <Button look="quiet" onClick={() => void store.load()}>
              Try again
            </Button>
          </div>
        )}
        {nextCursor !== null && failure === null && (
          <Button look="quiet" onClick={() => void store.loadMore()}>
            Show more
          </Button>
        )}
      </section>
    </main>
  );
}
