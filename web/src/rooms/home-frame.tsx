import type { ReactNode } from 'react';
import { AccountForm } from '../account/account-form.tsx';
import { AccountHeader } from '../account/account-header.tsx';
import { useAccountState } from '../app/app-context.tsx';
import { Link } from '../app/link.tsx';
import { currentPath } from '../app/route.ts';
import { useStore } from '../app/store.ts';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Logo } from '../ui/logo.tsx';
import { WaitingPage } from '../ui/message-page.tsx';
import './landing.css';

const PAGES = [
  { path: '/', name: 'Rooms' },
  { path: '/contacts', name: 'Contacts' },
  { path: '/meetings', name: 'Meetings' },
  { path: '/projects', name: 'Projects' },
] as const;

const PAGES_OF_ADMINISTRATORS = [{ path: '/nodes', name: 'Nodes' }] as const;

/** What the pages of somebody who is signed in have in common. Others are asked to sign in. */
export function HomeFrame({ children }: { children: ReactNode }) {
  const state = useAccountState();
  const path = useStore(currentPath);
  if (state.status === 'restoring') return <WaitingPage text="One moment…" />;
  if (state.status === 'signedOut') {
    return (
      <div className="landing">
        <header className="landing__header">
          <Link to="/" className="logo">
            <Logo />
          </Link>
        </header>
        <main className="card landing__alone">
          <h1 className="landing__heading">Sign in to see this page</h1>
          {state.failure !== undefined && <FailureAlert failure={state.failure} />}
          <AccountForm />
        </main>
      </div>
    );
  }
  return (
    <div className="landing" key={state.user.id}>
      <AccountHeader user={state.user} />
      <nav className="pages" aria-label="Pages">
        {[...PAGES, ...(state.user.isAdmin ? PAGES_OF_ADMINISTRATORS : [])].map(
          ({ path: to, name }) => (
            <span key={to} className={to === path ? 'pages__one pages__one--here' : 'pages__one'}>
              <Link to={to} isCurrent={to === path}>
                {name}
              </Link>
            </span>
          ),
        )}
      </nav>
      {children}
    </div>
  );
}
