import { useState } from 'react';
import { useAccount } from '../app/app-context.tsx';
import { type Failure, toFailure } from '../app/failure.ts';
import { Link } from '../app/link.tsx';
import { navigate } from '../app/route.ts';
import { Bell } from '../notifications/bell.tsx';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Logo } from '../ui/logo.tsx';
import type { User } from './account-store.ts';
import { Avatar } from './avatar.tsx';
import './account-header.css';

/** The head of a page of somebody who is signed in: who it is, and the way out. */
export function AccountHeader({ user }: { user: User }) {
  const account = useAccount();
  const [failure, setFailure] = useState<Failure | null>(null);

  async function signOut() {
    setFailure(null);
    try {
      await account.signOut();
      navigate('/');
    } catch (error) {
      setFailure(toFailure(error));
    }
  }

  return (
    <>
      <header className="account-header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
        <Bell />
        <Link to="/account" className="account-header__person">
          <Avatar user={user} />
          <span className="visually-hidden">Your account:</span>
          <bdi className="account-header__name" title={user.email}>
            {user.firstName} {user.lastName}
          </bdi>
        </Link>
        <Button look="quiet" size="small" onClick={() => void signOut()}>
          Sign out
        </Button>
      </header>
      {failure !== null && <FailureAlert failure={failure} />}
    </>
  );
}
