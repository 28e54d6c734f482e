import { BadgeCheck, KeyRound, Link2Off, MailCheck } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { textOfFailure } from '../app/failure-texts.ts';
import { Link } from '../app/link.tsx';
import { textOf, useSubmit } from '../app/use-submit.ts';
import { useTitle } from '../app/use-title.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Logo } from '../ui/logo.tsx';
import { MessagePage, WaitingPage } from '../ui/message-page.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { EmailField, NewPasswordField } from './account-form.tsx';
import { hideMailToken, useMailToken } from './mail-token.ts';
import { refreshUser, requestReset, resetPassword, verifyEmail } from './own-account.ts';
import './account.css';
import './account-header.css';

const ICON_SIZE = 32;

/** Has a mail sent with which another password can be chosen. */
export function ForgotPasswordPage() {
  useTitle('Forgot your password?');
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    const email = textOf(form, 'email').trim();
    await requestReset(email);
    setSentTo(email);
  });
  if (sentTo !== null) {
    return (
      <MessagePage
        code="reset_mail_sent"
        icon={<MailCheck size={ICON_SIZE} />}
        title="Look into your mailbox"
        text={`If there is an account for ${sentTo}, a mail with a link is on its way. The link works for one hour.`}
      >
        <Link to="/" className="button button--primary">
          Go to the start page
        </Link>
        <Button look="quiet" onClick={() => setSentTo(null)}>
          Use another address
        </Button>
      </MessagePage>
    );
  }
  return (
    <FormPage title="Forgot your password?">
      <p className="account__hint">
        Enter the e-mail address of your account. We send you a link with which you can choose a new
        password.
      </p>
      <form className="form" onSubmit={submit} aria-label="Forgotten password">
        <EmailField />
        {failure !== null && <FailureAlert failure={failure} />}
        <Button type="submit" look="primary" disabled={isBusy}>
          Send link
        </Button>
      </form>
      <p>
        <Link to="/">Back to the start page</Link>
      </p>
    </FormPage>
  );
}

/** Chooses another password with the token of a mail. */
export function ResetPasswordPage() {
  useTitle('New password');
  const token = useMailToken();
  if (token === null) return <BrokenLink code="mail_link_incomplete" again={<AskForReset />} />;
  return <ResetPassword key={token} token={token} />;
}

function ResetPassword({ token }: { token: string }) {
  const account = useAccount();
  const [isDone, setDone] = useState(false);
  const { isBusy, failure, submit } = useSubmit(async (form) => {
    await resetPassword(token, textOf(form, 'password'));
    hideMailToken();
    setDone(true);
    // Where it was the account of this browser, its session is over.
    await account.restore();
  });
  if (isDone) {
    return (
      <MessagePage
        code="password_reset"
        icon={<KeyRound size={ICON_SIZE} />}
        title="Your password is changed"
        text="Every device was signed out. Sign in with the new password."
      >
        <Link to="/" className="button button--primary">
          Sign in
        </Link>
      </MessagePage>
    );
  }
  if (failure?.code === 'mail_token_invalid') {
    return <BrokenLink code={failure.code} again={<AskForReset />} />;
  }
  return (
    <FormPage title="Choose a new password">
      <p className="account__hint">It signs you out on every device.</p>
      <form className="form" onSubmit={submit} aria-label="Choice of a password">
        <NewPasswordField label="New password" />
        {failure !== null && <FailureAlert failure={failure} />}
        <Button type="submit" look="primary" disabled={isBusy}>
          Change password
        </Button>
      </form>
    </FormPage>
  );
}

function AskForReset() {
  return (
    <Link to="/forgot-password" className="button button--primary">
      Ask for another link
    </Link>
  );
}

/** Confirms an e-mail address with the token of a mail, at once. */
export function VerifyEmailPage() {
  useTitle('Confirm e-mail address');
  const token = useMailToken();
  const isRestoring = useAccountState().status === 'restoring';
  if (token === null) return <BrokenLink code="mail_link_incomplete" again={<AskForMail />} />;
  if (isRestoring) return <WaitingPage text="One moment…" />;
  return <VerifyEmail key={token} token={token} />;
}

type Verification = { readonly status: 'waiting' | 'done' } | { readonly failure: Failure };

function VerifyEmail({ token }: { token: string }) {
  const account = useAccount();
  const [state, setState] = useState<Verification>({ status: 'waiting' });
  const [attempt, setAttempt] = useState(0);

  // The token works once, so that it must be sent once: not again when effects run again.
  const [send] = useState(() => createOnce(() => verifyEmail(token)));
  useEffect(() => {
    let isOver = false;
    const show = (next: Verification) => {
      if (!isOver) setState(next);
    };
    send(attempt)
      .then(() => {
        hideMailToken();
        show({ status: 'done' });
      })
      .catch((error: unknown) => show({ failure: toFailure(error) }));
    return () => {
      isOver = true;
    };
  }, [send, attempt]);

  const isDone = 'status' in state && state.status === 'done';
  const isSignedIn = useAccountState().status === 'signedIn';
  useEffect(() => {
    if (!isDone || !isSignedIn) return;
    refreshUser(account).catch((error: unknown) => {
      console.info('The account could not be read anew.', error);
    });
  }, [account, isDone, isSignedIn]);

  if ('failure' in state) {
    const { failure } = state;
    if (failure.code === 'mail_token_invalid') {
      return <BrokenLink code={failure.code} again={<AskForMail />} />;
    }
    return (
      <MessagePage
        code={failure.code}
        icon={<Link2Off size={ICON_SIZE} />}
        {...textOfFailure(failure)}
      >
        <Button
          look="primary"
          onClick={() => {
            setState({ status: 'waiting' });
            setAttempt(attempt + 1);
          }}
        >
          Try again
        </Button>
      </MessagePage>
    );
  }
  if (!isDone) return <WaitingPage text="Confirming your e-mail address…" />;
  return (
    <MessagePage
      code="email_verified"
      icon={<BadgeCheck size={ICON_SIZE} />}
      title="Your e-mail address is confirmed"
      text="Thank you. There is nothing else to do."
    >
      <Link to="/" className="button button--primary">
        Go to the start page
      </Link>
    </MessagePage>
  );
}

function AskForMail() {
  return (
    <Link to="/account" className="button button--primary">
      Go to your account
    </Link>
  );
}

/** Does the work once for each attempt, however often it is asked to. */
function createOnce(work: () => Promise<void>): (attempt: number) => Promise<void> {
  const results = new Map<number, Promise<void>>();
  return (attempt) => {
    const result = results.get(attempt) ?? work();
    results.set(attempt, result);
    return result;
  };
}

function BrokenLink(props: {
  code: 'mail_link_incomplete' | 'mail_token_invalid';
  again: ReactNode;
}) {
  const { title, text } = textOfFailure({ code: props.code, message: '' });
  return (
    <MessagePage code={props.code} icon={<Link2Off size={ICON_SIZE} />} title={title} text={text}>
      {props.again}
      <Link to="/" className="button button--quiet">
        Go to the start page
      </Link>
    </MessagePage>
  );
}

function FormPage({ title, children }: { title: string; children: ReactNode }) {
  const heading = useFocusOnMount<HTMLHeadingElement>();
  return (
    <div className="account">
      <header className="account-header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
      </header>
      <main className="card account__alone">
        <h1 className="account__heading" ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
    </div>
  );
}
