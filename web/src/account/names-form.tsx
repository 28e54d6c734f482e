import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';
import type { User } from './account-store.ts';
import { DoneNote } from './done-note.tsx';
import { changeNames } from './own-account.ts';

const MAX_LENGTH = 100;

/** Changes the name. */
export function NamesForm({ user }: { user: User }) {
  const account = useAccount();
  const [done, setDone] = useState('');
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    setDone('');
    await changeNames(account, {
      firstName: textOf(form, 'firstName').trim(),
      lastName: textOf(form, 'lastName').trim(),
    });
    setDone('Your name is changed.');
  });
  return (
    <form className="form" onSubmit={submit} aria-label="Name">
      <div className="form__row">
        <TextField
          label="First name"
          name="firstName"
          autoComplete="given-name"
          required
          maxLength={MAX_LENGTH}
          defaultValue={user.firstName}
        />
        <TextField
          label="Last name"
          name="lastName"
          autoComplete="family-name"
          required
          maxLength={MAX_LENGTH}
          defaultValue={user.lastName}
        />
      </div>
      {failure !== null && <FailureAlert failure={failure} />}
      <div className="account__buttons">
        <Button type="submit" disabled={isBusy}>
          Save name
        </Button>
        <DoneNote text={done} />
      </div>
    </form>
  );
}
