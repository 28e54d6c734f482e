import { useEffect, useState } from 'react';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { useStore } from '../app/store.ts';
import { Button } from '../ui/button.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import { CreateRoomForm } from './create-room-form.tsx';
import { RoomItem } from './room-item.tsx';
import { type ListedRoom, splitByStart } from './room-summary.ts';
import { RoomsStore } from './rooms-store.ts';

const LISTS = [
  { list: 'current', label: 'Current' },
  { list: 'past', label: 'Past' },
] as const;

/** Make a room, and see those one hosts, is or was in. */
export function MyRooms() {
  const account = useAccount();
  const [store] = useState(() => new RoomsStore(account));
  const [list, setList] = useState<'current' | 'past'>('current');

  useEffect(() => {
    void store[list].load();
  }, [store, list]);

  return (
    <main className="landing__home">
      <section className="card" aria-labelledby="create-room">
        <h1 id="create-room" className="landing__heading">
          New room
        </h1>
        <CreateRoomForm
          onCreate={async (room) => {
            await store.create(room);
            setList('current');
          }}
        />
      </section>
      <section aria-labelledby="my-rooms">
        <div className="landing__row">
          <h2 id="my-rooms" className="landing__heading">
            Your rooms
          </h2>
          <fieldset className="choice" aria-label="Which rooms">
            {LISTS.map(({ list: one, label }) => (
              <Button
                key={one}
                look="quiet"
                size="small"
                aria-pressed={list === one}
                onClick={() => setList(one)}
              >
                {label}
              </Button>
            ))}
          </fieldset>
        </div>
        {list === 'current' ? <Current store={store} /> : <Past store={store} />}
      </section>
    </main>
  );
}

function Current({ store }: { store: RoomsStore }) {
  const state = useStore(store.current.state);
  const { upcoming, open } = splitByStart(state.items, Date.now());
  const isEmpty = state.status === 'ready' && state.items.length === 0;
  return (
    <>
      {state.status === 'loading' && <p role="status">Loading your rooms…</p>}
      {isEmpty && (
        <p className="landing__hint">You have no rooms yet. Make one and share its link.</p>
      )}
      {upcoming.length > 0 && <h3 className="landing__subheading">Upcoming</h3>}
      <RoomList store={store} rooms={upcoming} />
      {upcoming.length > 0 && open.length > 0 && <h3 className="landing__subheading">Open</h3>}
      <RoomList store={store} rooms={open} />
      <ListFoot list={store.current} state={state} />
    </>
  );
}

function Past({ store }: { store: RoomsStore }) {
  const state = useStore(store.past.state);
  return (
    <>
      {state.status === 'loading' && <p role="status">Loading your rooms…</p>}
      {state.status === 'ready' && state.items.length === 0 && (
        <p className="landing__hint">No room of yours is over yet.</p>
      )}
      <RoomList store={store} rooms={state.items} />
      <ListFoot list={store.past} state={state} />
    </>
  );
}

function RoomList({ store, rooms }: { store: RoomsStore; rooms: readonly ListedRoom[] }) {
  const account = useAccountState();
  const ownId = account.status === 'signedIn' ? account.user.id : '';
  if (rooms.length === 0) return null;
  return (
    <ul className="room-list">
      {rooms.map((room) => (
        <RoomItem key={room.id} store={store} room={room} isOwn={room.hostId === ownId} />
      ))}
    </ul>
  );
}
