import { AccountForm } from '../account/account-form.tsx';
import { useAccount, useAccountState } from '../app/app-context.tsx';
import { Link } from '../app/link.tsx';
import { useTitle } from '../app/use-title.ts';
import { Button } from '../ui/button.tsx';
import { FailureAlert } from '../ui/failure-alert.tsx';
import { Logo } from '../ui/logo.tsx';
import { WaitingPage } from '../ui/message-page.tsx';
import { HallPicture } from './hall-picture.tsx';
import { HomeFrame } from './home-frame.tsx';
import { MyRooms } from './my-rooms.tsx';
import './landing.css';

/** The start page: what Balai is, an account, one's rooms. */
export function LandingPage() {
  const account = useAccountState();
  useTitle('');
  if (account.status === 'restoring') return <WaitingPage text="One moment…" />;
  return account.status === 'signedIn' ? <Home /> : <Welcome />;
}

function Welcome() {
  const account = useAccount();
  const state = useAccountState();
  const failure = state.status === 'signedOut' ? state.failure : undefined;
  return (
    <div className="landing">
      <header className="landing__header">
        <Link to="/" className="logo">
          <Logo />
        </Link>
      </header>
      <main className="landing__welcome">
        <section className="landing__claim">
          <HallPicture />
          <h1>Meetings on your own server.</h1>
          <p>
            Balai is a hall where people meet: open a room, share its link, and see and hear each
            other. Nothing to install, and no company in between.
          </p>
        </section>
        <section className="card landing__account" aria-label="Account">
          {failure !== undefined && (
            <div className="form landing__failure">
              <FailureAlert failure={failure} />
              <Button look="quiet" onClick={() => void account.restore()}>
                Try again
              </Button>
            </div>
          )}
          <AccountForm />
        </section>
      </main>
      <Foot />
    </div>
  );
}

function Home() {
  return (
    <HomeFrame>
      <MyRooms />
      <Foot />
    </HomeFrame>
  );
}

function Foot() {
  return (
    <footer className="landing__foot">
      <Link to="/check">Check your connection</Link>
    </footer>
  );
}
