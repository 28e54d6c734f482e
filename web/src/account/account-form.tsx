import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { Link } from '../app/link.tsx';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { TextField } from '../ui/field.tsx';

/** Sign in, or make an account: one form that changes between both. */
export function AccountForm(props: { onSignedIn?: () => void }) {
  const [isNew, setNew] = useState(false);
  return (
    <div className="form">
      {isNew ? <RegisterForm {...props} /> : <SignInForm {...props} />}
      <p>
        {isNew ? 'You have an account? ' : 'No account yet? '}
        <Button look="link" onClick={() => setNew(!isNew)}>
          {isNew ? 'Sign in instead' : 'Create account'}
        </Button>
      </p>
    </div>
  );
}

function SignInForm({ onSignedIn }: { onSignedIn?: () => void }) {
  const account = useAccount();
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await account.signIn(textOf(form, 'email').trim(), textOf(form, 'password'));
    onSignedIn?.();
  });
  return (
    <form className="form" onSubmit={submit} aria-label="Sign in">
      <EmailField />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={200}
      />
      {failure !== null && <FailureAlert failure={failure} />}
      <Button type="submit" look="primary" disabled={isBusy}>
        Sign in
      </Button>
      <p>
        <Link to="/forgot-password">Forgot your password?</Link>
      </p>
    </form>
  );
}

function RegisterForm({ onSignedIn }: { onSignedIn?: () => void }) {
  const account = useAccount();
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await account.register({
      email: textOf(form, 'email').trim(),
      password: textOf(form, 'password'),
      firstName: textOf(form, 'firstName').trim(),
      lastName: textOf(form, 'lastName').trim(),
    });
    onSignedIn?.();
  });
  return (
    <form className="form" onSubmit={submit} aria-label="Create an account">
      <div className="form__row">
        <TextField
          label="First name"
          name="firstName"
          autoComplete="given-name"
          required
          maxLength={50}
        />
        <TextField
          label="Last name"
          name="lastName"
          autoComplete="family-name"
          required
          maxLength={50}
        />
      </div>
      <EmailField />
      <NewPasswordField label="Password" />
      {failure !== null && <FailureAlert failure={failure} />}
      <Button type="submit" look="primary" disabled={isBusy}>
        Create account
      </Button>
    </form>
  );
}

/** Where an e-mail address goes. */
export function EmailField({ label = 'E-mail' }: { label?: string }) {
  return (
    <TextField
      label={label}
      name="email"
      type="email"
      autoComplete="email"
      required
      maxLength={254}
    />
  );
}

/** Where a password goes that is chosen now. */
export function NewPasswordField({ label }: { label: string }) {
  return (
    <TextField
      label={label}
      name="password"
      type="password"
      autoComplete="new-password"
      required
      minLength={8}
      maxLength={200}
      hint="At least 8 characters."
    />
  );
}
