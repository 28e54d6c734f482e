import { BadgeCheck, MailWarning } from 'lucide-react';
import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { EmailField } from './account-form.tsx';
import type { User } from './account-store.ts';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DoneNote } from './done-note.tsx';
import { changeEmail, sendVerification } from './own-account.ts';

/** The address, whether it is confirmed, and how to come by a confirmation or another address. */
export function EmailSection({ user }: { user: User }) {
  const account = useAccount();
  const [isChanging, setChanging] = useState(false);
  const [done, setDone] = useState('');
  const { isBusy, failure, submit } = useSubmit(async () => {
    setDone('');
    await sendVerification(account);
    setDone(`A mail is on its way to ${user.email}.`);
  });

  return (
    <div className="form">
      <p className="account__email">
        <bdi>{user.email}</bdi>
        {user.isEmailVerified ? (
          <span className="badge badge--good">
            <BadgeCheck size={16} aria-hidden="true" />
            Confirmed
          </span>
        ) : (
          <span className="badge">
            <MailWarning size={16} aria-hidden="true" />
            Not confirmed yet
          </span>
        )}
      </p>
      {!user.isEmailVerified && (
        <p className="account__hint">
          Follow the link in the mail that we sent you. It works for two days.
        </p>
      )}
      {failure !== null && <FailureAlert failure={failure} />}
      <form className="account__buttons" onSubmit={submit} aria-label="E-mail address">
        {!user.isEmailVerified && (
          <Button type="submit" disabled={isBusy}>
            Send the mail again
          </Button>
        )}
        <Button look="quiet" onClick={() => setChanging(true)}>
          Change e-mail address
        </Button>
        <DoneNote text={done} />
      </form>
      {isChanging && (
        <ChangeDialog
          onClose={() => setChanging(false)}
          onChanged={(email) => {
            setChanging(false);
            setDone(`Changed. A mail is on its way to ${email}: follow the link in it.`);
          }}
        />
      )}
    </div>
  );
}

function ChangeDialog(props: { onClose: () => void; onChanged: (email: string) => void }) {
  const account = useAccount();
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    const email = textOf(form, 'email').trim();
    await changeEmail(account, email, textOf(form, 'currentPassword'));
    props.onChanged(email);
  });
  return (
    <Dialog title="Change e-mail address" onClose={props.onClose}>
      <form className="form" onSubmit={submit} aria-label="Another address">
        <EmailField label="New e-mail address" />
        <CurrentPasswordField />
        {failure !== null && <FailureAlert failure={failure} />}
        <div className="dialog__buttons">
          <Button type="submit" look="primary" disabled={isBusy}>
            Change address
          </Button>
          <Button onClick={props.onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
