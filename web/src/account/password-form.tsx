import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { NewPasswordField } from './account-form.tsx';
import type { User } from './account-store.ts';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DoneNote } from './done-note.tsx';
import { changePassword } from './own-account.ts';

/** Changes the password. */
export function PasswordForm({ user, onChanged }: { user: User; onChanged: () => void }) {
  const account = useAccount();
  const [done, setDone] = useState('');
  /** Fields of another generation are empty ones. */
  const [generation, setGeneration] = useState(0);
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    setDone('');
    await changePassword(account, textOf(form, 'currentPassword'), textOf(form, 'password'));
    setGeneration((before) => before + 1);
    setDone('Your password is changed. Every other device is signed out.');
    onChanged();
  });
  return (
    <form className="form" onSubmit={submit} aria-label="Password">
      {/* Tells password managers whose password it is. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={user.email}
        readOnly
        hidden
      />
      <div className="form" key={generation}>
        <CurrentPasswordField label="Present password" />
        <NewPasswordField label="New password" />
      </div>
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="account__buttons">
        <Button type="submit" disabled={isBusy}>
          Change password
        </Button>
        <DoneNote text={done} />
      </div>
    </form>
  );
}
