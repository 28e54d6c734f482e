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

/** The whole app: picks the page that the address asks for. */
export function App() {
  const [stores] = useState(createAppStores);
  useEffect(() => {
    void stores.account.restore();
  }, [stores]);

  return (
    <AppContext value={stores}>
      <CurrentPage />
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
        <Suspense fallback={<WaitingPage text="Looking for the room…" />}>
          <RoomPage key={route.roomId} roomId={route.roomId} />
        </Suspense>
      );
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
