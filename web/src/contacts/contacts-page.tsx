import { Search, UserMinus, UserPlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Avatar } from '../account/avatar.tsx';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { Link } from '../app/link.tsx';
import { pathOfRoom } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { useTitle } from '../app/use-title.ts';
import { HomeFrame } from '../rooms/home-frame.tsx';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import {
  type Contact,
  ContactsStore,
  nameOf,
  SHORTEST_SEARCH,
  type Somebody,
} from './contacts-store.ts';
import './contacts.css';

const LOOK_EVERY_MS = 20_000;

/** The people whom one keeps, where they are, and finding others. */
export function ContactsPage() {
  useTitle('Contacts');
  return (
    <HomeFrame>
      <Contacts />
    </HomeFrame>
  );
}

function Contacts() {
  const account = useAccount();
  const [contacts] = useState(() => new ContactsStore(account));
  const state = useStore(contacts.list.state);

  useEffect(() => {
    void contacts.list.load();
    const look = () => {
      if (document.visibilityState === 'visible') void contacts.lookAgain();
    };
    const timer = window.setInterval(look, LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [contacts]);

  return (
    <main className="landing__home">
      <section className="card" aria-labelledby="find">
        <h1 id="find" className="landing__heading">
          Find people
        </h1>
        <SearchForm contacts={contacts} known={state.items} />
      </section>
      <section aria-labelledby="contacts">
        <h2 id="contacts" className="landing__heading">
          Contacts
        </h2>
        {state.status === 'loading' && <p role="status">Loading your contacts…</p>}
        {state.status === 'ready' && state.items.length === 0 && (
          <p className="landing__hint">
            Nobody yet. Find people by their e-mail address, or by name once you have met.
          </p>
        )}
        <ul className="room-list">
          {state.items.map((contact) => (
            <ContactItem key={contact.id} contacts={contacts} contact={contact} />
          ))}
        </ul>
        <ListFoot list={contacts.list} state={state} />
      </section>
    </main>
  );
}

function SearchForm(props: { contacts: ContactsStore; known: readonly Contact[] }) {
  const { contacts, known } = props;
  const [found, setFound] = useState<readonly Somebody[] | null>(null);
  const [addFailure, setAddFailure] = useState<Failure | null>(null);
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    setAddFailure(null);
    setFound(await contacts.search(textOf(form, 'who').trim()));
  });
  const isKnown = ({ id }: Somebody) => known.some((contact) => contact.id === id);

  async function add(somebody: Somebody) {
    setAddFailure(null);
    try {
      await contacts.add(somebody);
    } catch (error) {
      setAddFailure(toFailure(error));
    }
  }

  return (
    <>
      <form className="form" onSubmit={submit} aria-label="Find people">
        <TextField
          label="E-mail or name"
          name="who"
          type="search"
          required
          minLength={SHORTEST_SEARCH}
          maxLength={255}
          autoComplete="off"
          hint="The whole address of anybody, or the beginning of the name of somebody you met."
        />
        {failure !== null && <FailureAlert failure={failure} />}
        <Button type="submit" look="primary" disabled={isBusy}>
          <Search size={18} aria-hidden="true" /> Find
        </Button>
      </form>
      <div role="status">
        {found?.length === 0 && (
          <p className="contacts__none">Nobody here has this address or name.</p>
        )}
      </div>
      {found !== null && found.length > 0 && (
        <ul className="contacts__found" aria-label="Found">
          {found.map((somebody) => (
            <li key={somebody.id} className="contacts__one">
              <Avatar user={somebody} />
              <span className="contacts__text">
                <bdi className="contacts__name">{nameOf(somebody)}</bdi>
                {somebody.email !== null && (
                  <span className="contacts__email">{somebody.email}</span>
                )}
              </span>
              <Button
                look="quiet"
                size="small"
                disabled={isKnown(somebody)}
                onClick={() => void add(somebody)}
              >
                <UserPlus size={16} aria-hidden="true" /> {isKnown(somebody) ? 'Added' : 'Add'}
                <span className="visually-hidden"> {nameOf(somebody)}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {addFailure !== null && <FailureAlert failure={addFailure} />}
    </>
  );
}

function ContactItem({ contacts, contact }: { contacts: ContactsStore; contact: Contact }) {
  const { room, email } = contact;
  const { isBusy, failure, submit } = useSubmit(() => contacts.remove(contact.id));
  return (
    <li className="room-item">
      <Avatar user={contact} />
      <div className="contacts__text">
        <h3 className="contacts__name" dir="auto">
          {nameOf(contact)}
        </h3>
        {email !== null && <p className="contacts__email">{email}</p>}
        {room !== null && (
          <p className="contacts__room">
            <span className="contacts__dot" aria-hidden="true" /> In{' '}
            <Link to={pathOfRoom(room.id)}>{room.name}</Link>
          </p>
        )}
        {failure !== null && <FailureAlert failure={failure} />}
      </div>
      <form onSubmit={submit}>
        <Button
          type="submit"
          look="quiet"
          size="small"
          disabled={isBusy}
          aria-label={`Remove ${nameOf(contact)}`}
          title="Remove"
        >
          <UserMinus size={16} aria-hidden="true" />
        </Button>
      </form>
    </li>
  );
}
