import { type ReactNode, useEffect, useId, useState } from 'react';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { Link } from '../app/link.tsx';
import { useTitle } from '../app/use-title.ts';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Logo } from '../ui/logo.tsx';
import { WaitingPage } from '../ui/message-page.tsx';
import { useFocusOnMount } from '../ui/use-focus-on-mount.ts';
import { AccountForm } from './account-form.tsx';
import { AccountHeader } from './account-header.tsx';
import type { User } from './account-store.ts';
import { AvatarForm } from './avatar-form.tsx';
import { DataSection } from './data-section.tsx';
import { EmailSection } from './email-section.tsx';
import { NamesForm } from './names-form.tsx';
import { refreshUser } from './own-account.ts';
import { PasswordForm } from './password-form.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { SessionsStore } from './sessions-store.ts';
import { SettingsSection } from './settings-section.tsx';
import './account.css';

/** Everything that a person can see and change of their own account. */
export function AccountPage() {
  const state = useAccountState();
  useTitle('Your account');
  if (state.status === 'restoring') return <WaitingPage text="One moment…" />;
  if (state.status === 'signedIn') return <OwnAccount key={state.user.id} user={state.user} />;
  return (
    <div className="account">
      <header className="account-header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
      </header>
      <main className="card account__alone">
        <h1 className="account__heading">Sign in to see your account</h1>
        {state.failure !== undefined && <FailureAlert failure={state.failure} />}
        <AccountForm />
      </main>
    </div>
  );
}

function OwnAccount({ user }: { user: User }) {
  const account = useAccount();
  const [sessions] = useState(() => new SessionsStore(account));
  const heading = useFocusOnMount<HTMLHeadingElement>();

  useEffect(() => {
    // The mail that confirms the address is often read in another tab.
    const look = () => {
      if (document.visibilityState === 'hidden') return;
      refreshUser(account).catch((error: unknown) => {
        console.info('The account could not be read anew.', error);
      });
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [account]);

  return (
    <div className="account">
      <AccountHeader user={user} />
      <main>
        <h1 className="account__title" ref={heading} tabIndex={-1}>
          Your account
        </h1>
        <div className="account__sections">
          <Section title="Profile" text="Your name and picture, as others see them.">
            <AvatarForm user={user} />
            <NamesForm user={user} />
          </Section>
          <Section title="E-mail" text="You sign in with it, and get the mails about your account.">
            <EmailSection user={user} />
          </Section>
          <Section
            title="Password"
            text="A new one signs out every other device; this one stays signed in."
          >
            <PasswordForm user={user} onChanged={() => void sessions.load()} />
          </Section>
          <Section title="Devices" text="Where you are signed in. Sign out what you do not know.">
            <SessionsSection sessions={sessions} />
          </Section>
          <Section title="Meetings" text="Holds on every device on which you are signed in.">
            <SettingsSection />
          </Section>
          <Section title="Your data" text="What this server has stored about you is yours.">
            <DataSection user={user} />
          </Section>
        </div>
      </main>
    </div>
  );
}

function Section(props: { title: string; text: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className="card account__section" aria-labelledby={id}>
      <div>
        <h2 className="account__heading" id={id}>
          {props.title}
        </h2>
        <p className="account__hint">{props.text}</p>
      </div>
      <div className="account__content">{props.children}</div>
    </section>
  );
}
