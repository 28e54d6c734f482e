import { MapPinOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { LandingPage } from '../rooms/landing-page.tsx';
import { MessagePage, WaitingPage } from '../ui/message-page.tsx';
import { AppContext, createAppStores } from './app-context.tsx';
import { Link } from './link.tsx';
import { currentPath, parseRoute } from './route.ts';
import { useStore } from './store.ts';

// With the SDK, the larger part of the app: the start page does without.
const RoomPage = lazy(async () => ({
  default: (await import('../meeting/room-page.tsx')).RoomPage,
}));

const AppliedSettings = lazy(async () => ({
  default: (await import('../account/applied-settings.tsx')).AppliedSettings,
}));

const ContactsPage = lazy(async () => ({
  default: (await import('../contacts/contacts-page.tsx')).ContactsPage,
}));
const HistoryPage = lazy(async () => ({
  default: (await import('../history/history-page.tsx')).HistoryPage,
}));

// Seldom visited.
const ProjectsPage = lazy(async () => ({
  default: (await import('../projects/projects-page.tsx')).ProjectsPage,
}));
const NodesPage = lazy(async () => ({
  default: (await import('../nodes/nodes-page.tsx')).NodesPage,
}));
const AccountPage = lazy(async () => ({
  default: (await import('../account/account-page.tsx')).AccountPage,
}));
const CheckPage = lazy(async () => ({
  default: (await import('../check/check-page.tsx')).CheckPage,
}));
const loadMailPages = () => import('../account/mail-pages.tsx');
const ForgotPasswordPage = lazy(async () => ({
  default: (await loadMailPages()).ForgotPasswordPage,
}));
const ResetPasswordPage = lazy(async () => ({
  default: (await loadMailPages()).ResetPasswordPage,
}));
const VerifyEmailPage = lazy(async () => ({ default: (await loadMailPages()).VerifyEmailPage }));

/** The whole app: picks the page that the address asks for. */
export function App() {
  const [stores] = useState(createAppStores);
  useEffect(() => {
    void stores.account.restore();
  }, [stores]);

  return (
    <AppContext value={stores}>
      <Suspense fallback={<WaitingPage text="One moment…" />}>
        <CurrentPage />
      </Suspense>
    </AppContext>
  );
}

function CurrentPage() {
  const route = parseRoute(useStore(currentPath));
  switch (route.page) {
    case 'landing':
      return <LandingPage />;
    case 'room':
      return (
        <>
          <Suspense fallback={<WaitingPage text="Looking for the room…" />}>
            <RoomPage key={route.roomId} roomId={route.roomId} />
          </Suspense>
          <Suspense>
            <AppliedSettings />
          </Suspense>
        </>
      );
    case 'account':
      return <AccountPage />;
    case 'contacts':
      return <ContactsPage />;
    case 'history':
      return <HistoryPage />;
    case 'projects':
      return <ProjectsPage />;
    case 'nodes':
      return <NodesPage />;
    case 'check':
      return <CheckPage />;
    case 'forgotPassword':
      return <ForgotPasswordPage />;
    case 'resetPassword':
      return <ResetPasswordPage />;
    case 'verifyEmail':
      return <VerifyEmailPage />;
    case 'unknown':
      return (
        <MessagePage
          code="page_not_found"
          icon={<MapPinOff size={32} />}
          title="Page not found"
          text="There is nothing under this address."
        >
          <Link to="/" className="button button--primary">
            Go to the start page
          </Link>
        </MessagePage>
      );
  }
}
