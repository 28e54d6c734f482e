import { UserPlus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Avatar } from '../account/avatar.tsx';
import { DoneNote } from '../account/done-note.tsx';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { useStore } from '../app/store.ts';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { type Contact, ContactsStore, nameOf } from '../contacts/contacts-store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import { ListFoot } from '../ui/list-foot.tsx';
import type { ListedRoom } from './room-summary.ts';
import type { RoomsStore } from './rooms-store.ts';

interface InviteDialogProps {
  readonly store: RoomsStore;
  readonly room: ListedRoom;
  readonly onClose: () => void;
}

/** Invites contacts, or anybody by e-mail. */
export function InviteDialog({ store, room, onClose }: InviteDialogProps) {
  const [done, setDone] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, failure, submit } = useSubmit(async (entered) => {
    const email = textOf(entered, 'email').trim();
    setDone('');
    await store.invite(room.id, { email });
    setDone(`${email} is invited.`);
    form.current?.reset();
  });

  return (
    <Dialog title={`Invite to ${room.name}`} onClose={onClose}>
      <form className="invite__form" ref={form} onSubmit={submit} aria-label="Invite anybody">
        <TextField label="E-mail" name="email" type="email" required maxLength={255} />
        <Button type="submit" look="primary" disabled={isBusy}>
          Invite
        </Button>
      </form>
      <DoneNote text={done} />
      {failure !== null && <FailureAlert failure={failure} />}
      <Contacts
        onInvite={async (contact) => {
          await store.invite(room.id, { userId: contact.id });
          setDone(`${nameOf(contact)} is invited.`);
        }}
      />
      <div className="dialog__buttons">
        <Button look="quiet" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

function Contacts({ onInvite }: { onInvite: (contact: Contact) => Promise<void> }) {
  const account = useAccount();
  const [contacts] = useState(() => new ContactsStore(account));
  const state = useStore(contacts.list.state);
  const [invited, setInvited] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    void contacts.list.load();
  }, [contacts]);

  async function invite(contact: Contact) {
    setFailure(null);
    try {
      await onInvite(contact);
      setInvited((before) => new Set([...before, contact.id]));
    } catch (error) {
      setFailure(toFailure(error));
    }
  }

  if (state.status === 'ready' && state.items.length === 0) return null;
  return (
    <>
      <h3 className="invite__heading">Contacts</h3>
      <ul className="invite__contacts">
        {state.items.map((contact) => (
          <li key={contact.id} className="invite__contact">
            <Avatar user={contact} />
            <bdi className="invite__name">{nameOf(contact)}</bdi>
            <Button
              look="quiet"
              size="small"
              disabled={invited.has(contact.id)}
              onClick={() => void invite(contact)}
            >
              <UserPlus size={16} aria-hidden="true" />
              {invited.has(contact.id) ? 'Invited' : 'Invite'}
              <span className="visually-hidden"> {nameOf(contact)}</span>
            </Button>
          </li>
        ))}
      </ul>
      {failure !== null && <FailureAlert failure={failure} />}
      <ListFoot list={contacts.list} state={state} />
    </>
  );
}
